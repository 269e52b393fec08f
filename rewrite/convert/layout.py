# SPDX-License-Identifier: GPL-2.0-or-later
"""How new text is laid out: QEMU's wrapping, the file's own indentation, where declarations go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from tree_sitter import Node

from ..c.lexical import ConditionalBranch
from ..c.syntax import Syntax
from ..files.source import SourceFile

WIDTH = 80
"""The longest line that QEMU's coding style allows, in columns."""

_TAB = 8


def visual_width(text: str) -> int:
    """The columns that a line's text takes, tabs as 8."""
    return len(text.expandtabs(_TAB))


def indent_to(column: int, like: str) -> str:
    """White space up to a column; with tabs where the line `like` is indented with tabs."""
    if "\t" in like:
        return "\t" * (column // _TAB) + " " * (column % _TAB)
    return " " * column


def split_breakable(text: str) -> list[str]:
    """The parts of an argument between which a line may be broken: at spaces outside strings."""
    parts: list[str] = []
    current, quote, at = "", "", 0
    while at < len(text):
        char = text[at]
        if quote:
            if char == "\\":
                current += text[at : at + 2]
                at += 2
                continue
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char == " " and not quote:
            parts.append(current)
            current = ""
            at += 1
            continue
        current += char
        at += 1
    return [*parts, current]


def wrap_call(head: str, arguments: Sequence[str], start: str, tail: str = ";") -> str:
    """A call laid out as QEMU wraps calls: arguments fill the line, aligned after the parenthesis.

    `start` is the text of the line before the call, `tail` what follows it on the line. Lines are
    joined with a bare newline; the caller translates to the file's own.
    """
    column = visual_width(start) + len(head) + 1
    indentation = start[: len(start) - len(start.lstrip())]
    lines: list[str] = []
    current = head + "("
    used = column
    for number, argument in enumerate(arguments):
        last = number == len(arguments) - 1
        text = argument + (")" if last else ",")
        room = len(tail) if last else 0
        lead = "" if current.endswith("(") or not current.strip() else " "
        if used + len(lead) + len(text) + room > WIDTH and lead:
            lines.append(current)
            current, used, lead = indent_to(column, indentation), column, ""
        if used + len(lead) + len(text) + room > WIDTH:
            text = _break_argument(text, used + len(lead), column, indentation, room)
        current += lead + text
        used = (
            visual_width(current.rpartition("\n")[2])
            if "\n" in text
            else used + len(lead) + len(text)
        )
    lines.append(current)
    return "\n".join(lines)


def _break_argument(text: str, used: int, column: int, indentation: str, room: int) -> str:
    """One argument that is longer than a line, broken at spaces; unbreakable words stay long."""
    result, width = "", used
    parts = split_breakable(text)
    for number, part in enumerate(parts):
        reserve = room if number == len(parts) - 1 else 0
        if not result:
            result, width = part, used + len(part)
        elif width + 1 + len(part) + reserve > WIDTH:
            result += "\n" + indent_to(column + 4, indentation) + part
            width = column + 4 + len(part)
        else:
            result += " " + part
            width += 1 + len(part)
    return result


@dataclass(frozen=True)
class BlockTop:
    """Where a block takes added declarations.

    `offset` is where they go, `indentation` what each line starts with. `after` says that they
    follow declarations of the block's own; `inline` that they share a line with other code.
    """

    offset: int
    indentation: str
    after: bool
    inline: bool


def maybe_loop(declaration: Node) -> bool:
    """Whether what parses as a declaration reads `NAME(x) y = z;`, as a macro's loop does as well."""
    kind = declaration.child_by_field_name("type")
    return kind is not None and kind.type == "macro_type_specifier"


@lru_cache(maxsize=64)
def leading_declarations(block: Node) -> Sequence[Node]:
    """The declarations that a block starts with, up to one that may be a loop (see `maybe_loop`)."""
    result = []
    for child in block.children[1:]:
        if child.type in ("declaration", "type_definition") and not maybe_loop(child):
            result.append(child)
        elif child.type != "comment":
            break
    return result


def is_leading(statement: Node, block: Node) -> bool:
    """Whether a statement of a block is one of its leading declarations."""
    leading = leading_declarations(block)
    return bool(leading) and statement.start_byte <= leading[-1].start_byte


def block_top(block: Node, syntax: Syntax, after: Node | None) -> BlockTop:
    """The place for declarations: after the node `after`, or right after the block's brace."""
    source = syntax.source
    anchor = after.end_byte if after is not None else block.start_byte + 1
    end = rest_of_line(syntax, anchor)
    if after is not None and starts_line(after, source):
        indentation = source.indentation(after.start_byte).decode("latin-1")
    else:
        indentation = block_indentation(block, source)
    if end is None:
        return BlockTop(anchor, indentation, after is not None, inline=True)
    return BlockTop(end, indentation, after is not None, inline=False)


def rest_of_line(syntax: Syntax, anchor: int) -> int | None:
    """The end of the anchor's line if only white space and comments follow there, else None."""
    data, masked = syntax.source.data, syntax.masked
    end = data.find(b"\n", anchor)
    end = len(data) if end < 0 else end
    if masked[anchor:end].strip():
        return None
    # A comment that goes on over the line's end is passed as well.
    while data.rfind(b"/*", anchor, end) > data.rfind(b"*/", anchor, end):
        following = data.find(b"\n", end + 1)
        if following < 0 or masked[end:following].strip():
            return None
        end = following
    return end - 1 if data[end - 1 : end] == b"\r" else end


def starts_line(node: Node, source: SourceFile) -> bool:
    """Whether nothing but white space stands before the node on its line."""
    return not source.data[source.line_start(node.start_byte) : node.start_byte].strip()


def block_indentation(block: Node, source: SourceFile) -> str:
    """The indentation of the statements of a block."""
    for child in block.named_children:
        if child.type != "comment" and starts_line(child, source):
            return source.indentation(child.start_byte).decode("latin-1")
    return deepen_indentation(source.indentation(block.start_byte).decode("latin-1"))


def deepen_indentation(indentation: str) -> str:
    """One level more: four columns, in tabs where eight columns are full and tabs are in use."""
    return indent_to(visual_width(indentation) + 4, indentation)


def own_declarations(block: Node, syntax: Syntax) -> Node | None:
    """The last leading declaration that compiles whenever the block does, or None.

    None after one with a directive in its midst.
    """
    around = syntax.branches_at(block.start_byte)
    directives = [start for start, _ in syntax.conditionals.directives]
    last = None
    for declaration in leading_declarations(block):
        if any(declaration.start_byte < at < declaration.end_byte for at in directives):
            break
        if syntax.branches_at(declaration.start_byte) == around:
            last = declaration
    return last


def condition_lines(sites: Sequence[tuple[ConditionalBranch, ...]]) -> tuple[str, ...]:
    """The #if under which at least one of the sites compiles; empty where one always does.

    Each item is the branches around a site that don't enclose its whole function.
    """
    if any(not branches for branches in sites):
        return ()
    distinct = list(dict.fromkeys(sites))
    groups = {b[0].group for b in distinct}
    conditions = list(dict.fromkeys(b" && ".join(x.condition for x in b) for b in distinct))
    negations = {b"!" + c if c.startswith(b"defined(") else b"!(" + c + b")" for c in conditions}
    if len(groups) == 1 and negations & set(conditions):
        return ()
    if len(distinct) == 1 and len(distinct[0]) == 1 and distinct[0][0].line is not None:
        return (distinct[0][0].line.decode("latin-1"),)
    if len(conditions) == 1:
        return (_as_directive(conditions[0].decode("latin-1")),)
    joined = " || ".join(
        f"({c.decode('latin-1')})" if b" && " in c else c.decode("latin-1") for c in conditions
    )
    return (f"#if {joined}",)


def _as_directive(condition: str) -> str:
    for start, keyword in (("!defined(", "#ifndef "), ("defined(", "#ifdef ")):
        if condition.startswith(start) and condition.find(")") == len(condition) - 1:
            return keyword + condition[len(start) : -1]
    return f"#if {condition}"
