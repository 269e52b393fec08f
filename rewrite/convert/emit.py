# SPDX-License-Identifier: GPL-2.0-or-later
"""Collects the new text of one function: visits in the dialect's order, added declarations, edits."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from tree_sitter import Node

from ..c.syntax import text_of
from ..files.edit import Edit
from . import layout
from .context import FileContext
from .sites import Site
from .streams import FunctionStream

_TRAILING = re.compile(r"(\)*;?)([ \t]+)(/\*.*\*/|//.*)")
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


def kept_comments(text: str) -> str:
    """The comments in text that goes away, each with a space after it, none to the end of a line."""
    found = _COMMENT.findall(text)
    lines = (c[2:].rstrip().replace("*/", "* /") for c in found if c.startswith("//"))
    blocks = [c if c.startswith("/*") else f"/*{next(lines)} */" for c in found]
    return "".join(c + " " for c in blocks)


@dataclass
class BlockLines:
    """Lines that one block takes at its top: declarations, then statements after all of them; or, if
    `parted`, after the new ones, with an empty line before what follows."""

    node: Node
    after: Node | None
    declarations: list[str]
    statements: list[str]
    parted: bool = False


class FunctionEdits:
    """Collects the edits of one function."""

    def __init__(
        self, context: FileContext, streams: Mapping[str, FunctionStream], sites: Sequence[Site]
    ) -> None:
        """`sites` are those that will be converted, at least one, `streams` all that they use."""
        self.context = context
        self.data = context.data
        self.syntax = context.syntax
        self.sites = sites
        self.streams = streams
        self._edits: list[Edit] = []
        self._inner: dict[tuple[int, int], str] = {}  # new text in what other new text takes over
        self.blocks: dict[tuple[int, int], BlockLines] = {}
        self.early: set[int] = set()  # statements that use the visitor in place, by their offset
        function = sites[0].place.function
        assert function is not None
        self.function = function
        self._opened: list[
            Node
        ] = []  # one-line blocks that get lines of their own, outermost first

    def _stream_lines(self, stream: FunctionStream) -> list[str]:
        asked = self.context.rules.interface
        lines = [f"{asked.visitor} *{stream.visitor} = {asked.visitor_of}({stream.file});"]
        if self.context.local_error:
            lines.append(f"{asked.error} *{stream.error} = NULL;")
        else:
            lines.append(f"{asked.error} **{stream.error} = {asked.errors_of}({stream.file});")
        sites = [s for s in self.sites if text_of(s.stream, self.data) == stream.file]
        around = self.syntax.branches_at(self.function.start_byte)
        inner = [
            tuple(b for b in self.syntax.branches_at(s.start) if b not in around) for s in sites
        ]
        condition = layout.condition_lines(inner)
        return [*condition, *lines, "#endif"] if condition else lines

    def _add_streams(self) -> None:
        """Put the stream declarations where every use can see them."""
        body = self.function.child_by_field_name("body")
        assert body is not None
        block = self.block(body)
        declarations = layout.leading_declarations(body)
        if any(self._visits_inside(declaration) for declaration in declarations):
            block.after = self._latest_stream_declaration(declarations)
        lines = [
            line
            for stream in self.streams.values()
            if not stream.declared
            for line in self._stream_lines(stream)
        ]
        block.declarations[:0] = lines

    def _visits_inside(self, declaration: Node) -> bool:
        """Whether a declaration itself uses a visitor: in its place, or in a statement inside of it."""
        start, end = declaration.start_byte, declaration.end_byte
        inner = bisect_right(self._statements, start)
        inside = inner < len(self._statements) and self._statements[inner] < end
        return start in self.early or inside

    @cached_property
    def _statements(self) -> list[int]:
        """Where the statements that hold the sites begin, in order."""
        return sorted(s.statement.start_byte for s in self.sites if s.statement is not None)

    def _latest_stream_declaration(self, declarations: Sequence[Node]) -> Node | None:
        found = None
        for node in declarations:
            text = text_of(node, self.data)
            if any(re.search(rf"\b{re.escape(f)}\s*=", text) for f in self.streams):
                found = node
        return found

    def block(self, node: Node) -> BlockLines:
        """What a block takes at its top, to be added to."""
        key = (node.start_byte, 0)
        if key not in self.blocks:
            after = layout.own_declarations(node, self.syntax)
            self.blocks[key] = BlockLines(node, after, [], [])
            self.open(node)
        return self.blocks[key]

    def block_before(self, node: Node) -> BlockLines:
        """What a block takes before its own declarations."""
        return self.blocks.setdefault((node.start_byte, -1), BlockLines(node, None, [], [], True))

    def block_after(self, node: Node, declaration: Node) -> BlockLines:
        """What a block takes after a declaration in its midst."""
        key = (node.start_byte, declaration.start_byte)
        return self.blocks.setdefault(key, BlockLines(node, declaration, [], []))

    def _stream_of(self, site: Site) -> FunctionStream:
        return self.streams[text_of(site.stream, self.data)]

    def arguments(self, site: Site, name: str, objects: Sequence[str]) -> list[str]:
        """The arguments of a visit in the dialect's order; a buffer's object is pointer and size."""
        stream = self._stream_of(site)
        error = f"&{stream.error}" if self.context.local_error else stream.error
        parts = {
            "visitor": [stream.visitor],
            "object": list(objects),
            "name": [f'"{name}"'],
            "errp": [error],
        }
        return [text for role in self.context.dialect.order for text in parts[role]]

    def open(self, block: Node) -> None:
        """Note a block on one line: its statements get lines of their own."""
        text = self.data[block.start_byte : block.end_byte]
        if b"\n" not in text and block not in self._opened:
            self._opened.append(block)

    def _opened_child(self, offset: int) -> tuple[Node, str] | None:
        """The statement of a one-line block that holds an offset, and its future indentation."""
        around = [b for b in self._opened if b.start_byte < offset < b.end_byte]
        if not around:
            return None
        inner = max(around, key=lambda block: block.start_byte)
        for child in inner.named_children:
            if child.start_byte <= offset <= child.end_byte:
                return child, self._opened_indentation(inner)
        return None

    def _opened_indentation(self, block: Node) -> str:
        indentation = self.syntax.source.indentation(block.start_byte).decode("latin-1")
        for outer in self._opened:
            if outer.start_byte <= block.start_byte < outer.end_byte:
                indentation = layout.deepen_indentation(indentation)
        return indentation

    def line_before(self, offset: int) -> str:
        """The text of the line before an offset, as it will be."""
        opened = self._opened_child(offset)
        if opened is not None:
            child, indentation = opened
            return indentation + self.data[child.start_byte : offset].decode("latin-1")
        start = self.syntax.source.line_start(offset)
        return self.data[start:offset].decode("latin-1")

    def new_text(self, start: int, end: int) -> str:
        """Old text, with the new text of the calls inside of it."""
        pieces, at = [], start
        for (first, last), text in sorted(self._inner.items()):
            if at <= first and last <= end:
                pieces += [self.data[at:first].decode("latin-1"), text]
                at = last
        return "".join((*pieces, self.data[at:end].decode("latin-1")))

    def put_inner(self, old: Node, text: str) -> None:
        """Put text in the place of an expression that is in what is replaced itself."""
        self._inner[old.start_byte, old.end_byte] = text

    def operand(self, node: Node) -> str:
        """The operand's text on one line where it holds no comment and no splice, else as it stands."""
        text = self.new_text(node.start_byte, node.end_byte)
        if _COMMENT.search(text) or "\\" in text:
            return text
        return re.sub(r"[ \t]*\r?\n[ \t]*", " ", text)

    def stray_comments(self, site: Site) -> str:
        """Comments among the arguments, which would be lost with the call; they go before the object."""
        assert site.call is not None
        text, at = "", site.call.start_byte
        for node in [*site.arguments[1:], None]:
            end = node.start_byte if node is not None else site.call.end_byte
            text += self.data[at:end].decode("latin-1")
            at = node.end_byte if node is not None else end
        return kept_comments(text)

    def put(self, old: Node, head: str, arguments: list[str], before: str) -> None:
        """Put a call in the place of an expression; `before` is the text of its line before it."""
        text = layout.wrap_call(head, arguments, before, self.tail(old.end_byte))
        self.replace_line(old, text, before)

    def replace_line(self, old: Node, text: str, before: str) -> None:
        """Put text in the place of `old` and find a place for a comment that trails on its line."""
        above = self._settle_comment(old.end_byte, (before + text).rpartition("\n")[2], before)
        self.replace(old.start_byte, old.end_byte, above + text)

    def _settle_comment(self, offset: int, line: str, before: str) -> str:
        """Move a trailing comment to the left where the new line before it would be too long.

        Where that is not enough the comment goes to a line of its own above, which is returned.
        """
        whole, at = self._old_line(offset)
        rest = whole[at:]
        trailing = _TRAILING.fullmatch(rest)
        if trailing is None:
            return ""
        over = layout.visual_width(line + rest) - layout.WIDTH
        gap, start = trailing.group(2), offset + len(trailing.group(1))
        room = len(gap.expandtabs(8)) - 1
        comment = rest[len(trailing.group(1)) :].strip()
        fitted = layout.visual_width(whole) <= layout.WIDTH
        if over > room and fitted and not before.strip():
            self.replace(start, offset + len(rest), "")
            return comment + "\n" + before
        if over > 0 and len(gap) > 1:
            self.replace(start, start + len(gap), " " * max(1, room + 1 - over))
        return ""

    def _old_line(self, offset: int) -> tuple[str, int]:
        """The old text of the line that a byte is on, and the byte's place in it."""
        start, end = self.syntax.source.line_start(offset), self.data.find(b"\n", offset)
        line = self.data[start : end if end >= 0 else len(self.data)].decode("latin-1").rstrip()
        return line, offset - start

    def tail(self, offset: int) -> str:
        """What follows on the line and should stay within its width: all of it if the old line did."""
        opened = self._opened_child(offset)
        if opened is not None:
            return self.data[offset : opened[0].end_byte].decode("latin-1")
        line, at = self._old_line(offset)
        rest = line[at:]
        fits = layout.visual_width(line) <= layout.WIDTH and "/*" not in line[:at]
        return rest if fits and rest.count("/*") == rest.count("*/") else rest[:1]

    def replace(self, start: int, end: int, text: str) -> None:
        """Put new text in the place of old, with the file's own line ends."""
        newline = self.syntax.source.newline
        body = text.replace("\r\n", "\n").encode("latin-1")
        self._edits.append(Edit(start, end, body.replace(b"\n", newline)))

    def insert(self, offset: int, text: str) -> None:
        """Put new text before a byte."""
        self.replace(offset, offset, text)

    def end_of_code_before(self, offset: int) -> int:
        """The offset after the last code before `offset`, comments passed over."""
        return len(self.syntax.masked[:offset].rstrip())

    def after_trailing_comment(self, offset: int) -> int:
        """The end of the line if only comments follow on it, else the offset itself."""
        end = layout.rest_of_line(self.syntax, offset)
        return offset if end is None else end

    def edits(self) -> tuple[Edit, ...]:
        """All edits of the function; what a block begins with comes before all else at its place."""
        self._add_streams()
        others, self._edits = self._edits, []
        for block in self.blocks.values():
            self._write_block(block)
        return (*self._edits, *others)

    def _write_block(self, block: BlockLines) -> None:
        last = block.after if block.parted else self._last_declaration(block)
        if block.node in self._opened and "#endif" not in block.declarations:
            self._write_opened(block, last)
        elif block.statements and last is not None and last != block.after:
            self._write_lines(block, block.declarations, [], block.after)
            self._write_lines(block, [], block.statements, last)
        else:
            self._write_lines(block, block.declarations, block.statements, block.after)

    def _write_opened(self, block: BlockLines, last: Node | None) -> None:
        """Give each statement of a one-line block its line, and the new lines their places."""
        children = [*block.node.named_children]
        indentation = self._opened_indentation(block.node)
        outer = indentation[: len(indentation) - 4] if "\t" not in indentation else ""
        top = 0 if block.after is None else children.index(block.after) + 1
        below = top if last is None else max(top, children.index(last) + 1)
        for index in range(len(children) + 1):
            lines = list(block.declarations) if index == top else []
            if index == below and block.statements:
                lines += ["", *block.statements]
            closing = index == len(children)
            if index == below and not closing and (lines or index > 0):
                lines.append("")
            text = "".join("\n" + (indentation + line if line else "") for line in lines)
            start = children[index - 1].end_byte if index else block.node.start_byte + 1
            end = block.node.end_byte - 1 if closing else children[index].start_byte
            text += "\n" + (outer if closing else indentation)
            self.replace(start, end, text)

    def _last_declaration(self, block: BlockLines) -> Node | None:
        declarations = layout.leading_declarations(block.node)
        return (
            declarations[-1]
            if declarations and block.after in [None, *declarations]
            else block.after
        )

    def _write_lines(
        self, block: BlockLines, declarations: list[str], statements: list[str], after: Node | None
    ) -> None:
        if not declarations and not statements:
            return
        top = layout.block_top(block.node, self.syntax, after)
        if top.inline and not any(line.startswith("#") for line in declarations):
            text = "".join(" " + line for line in (*declarations, *statements))
            beside = not self.data[top.offset : top.offset + 1].isspace()
            self.insert(top.offset, text + " " * beside)
            return
        text = "".join("\n" + _indent_line(line, top.indentation) for line in declarations)
        if statements:
            text += "\n" * (top.after or bool(declarations)) + "".join(
                "\n" + _indent_line(line, top.indentation) for line in statements
            )
        if top.inline:
            text += "\n" + top.indentation
        elif block.parted or self._before_statement_line(block.node, top.offset):
            text += self._blank_after(top.offset)
        self.insert(top.offset, text)

    def _before_statement_line(self, block: Node, offset: int) -> bool:
        """Whether what follows the place in the block is no declaration of its own."""
        leading = layout.leading_declarations(block)
        return not leading or leading[-1].start_byte < offset

    def _blank_after(self, offset: int) -> str:
        """An empty line between new declarations and a first statement, unless one is there."""
        rest = self.data[offset:].lstrip(b"\r")
        following = rest[1:].lstrip(b" \t\r")
        return "" if following.startswith((b"\n", b"}")) else "\n"


def _indent_line(line: str, indentation: str) -> str:
    return line if line.startswith("#") else indentation + line
