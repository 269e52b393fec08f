# SPDX-License-Identifier: GPL-2.0-or-later
"""tree-sitter's view of a file: functions, statements and calls, with damage told per function.

tree-sitter parses C without a preprocessor. Over half of the handler files of QEMU 1.0 hold an
ERROR or MISSING node somewhere, so a place is looked at through the least damaged of three views of
the text (see `Syntax.place`), each parsed only when a place needs it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import tree_sitter_c
from tree_sitter import Language, Node, Parser, Tree

from ..files.source import SourceFile
from .lexical import (
    ConditionalBranch,
    Conditionals,
    blank,
    blank_spans,
    depths,
    loops_for_macros,
    mask_opaque,
    read_conditionals,
)

_LANGUAGE = Language(tree_sitter_c.language())
_LAST_WORD = re.compile(r"([A-Za-z_]\w*)\s*\Z")
_BRACKET = re.compile(rb"[()\[\]{}]")
_ALONE = re.compile(rb"\b([A-Za-z_]\w*)(?=\s+[A-Za-z_*&({])")
_FUNCTION_START = re.compile(rb"^[A-Za-z_][^;{}#]*\)\s*\{|^\{", re.MULTILINE)


def nodes_around(tree: Tree, at: int) -> list[Node]:
    """The nodes around byte `at`, from the root to the leaf."""
    cursor = tree.walk()
    nodes = [tree.root_node]
    while cursor.goto_first_child_for_byte(at) is not None:
        node = cursor.node
        if node is None or node.start_byte > at:
            break
        nodes.append(node)
    return nodes


@dataclass(frozen=True)
class FunctionHead:
    """A function's name and the text of its parameters, which starts at byte `offset`."""

    name: str
    parameters: str
    offset: int


def function_head(function: Node, data: bytes) -> FunctionHead | None:
    """The head of a function definition, read from its text; None where it is no function's.

    The parser takes a macro without a semicolon in front of a function for its name, so what counts
    is the last word with parentheses before the body.
    """
    body = function.child_by_field_name("body")
    if body is None:
        return None
    text = mask_opaque(data[function.start_byte : body.start_byte]).decode("latin-1")
    for start, end in reversed(_outer_groups(text)):
        word = _LAST_WORD.search(text, 0, start - 1)
        if word is not None and "attribute" not in word.group(1):
            return FunctionHead(word.group(1), text[start:end], function.start_byte + start)
    return None


def _outer_groups(text: str) -> list[tuple[int, int]]:
    """The insides of the outermost parentheses."""
    groups: list[tuple[int, int]] = []
    depth = start = 0
    for at, char in enumerate(text):
        if char == "(":
            start = at + 1 if depth == 0 else start
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                groups.append((start, at))
    return groups


@dataclass(frozen=True)
class SyntaxPlace:
    """A byte of a file in one view: the nodes around it and the outermost function, if there is one."""

    chain: tuple[Node, ...]
    function: Node | None

    def name(self, data: bytes) -> str:
        """The name of the function, empty where there is none that can be read."""
        head = function_head(self.function, data) if self.function is not None else None
        return head.name if head is not None else ""

    @property
    def damaged(self) -> bool:
        """Whether the parser met text in this function that it does not understand."""
        return self.function is None or self.function.has_error


def nests_functions(function: Node) -> bool:
    """Whether a function is defined inside of another one, as no function is in C (C99 6.9.1)."""
    left = list(function.named_children)
    while left:
        node = left.pop()
        if node.type == "function_definition":
            return True
        left.extend(node.named_children)
    return False


def parse(data: bytes) -> Tree:
    """Parse C text with tree-sitter."""
    return Parser(_LANGUAGE).parse(data)


def _outermost_function(chain: list[Node]) -> Node | None:
    for node in chain:
        if node.type == "ERROR":
            return None
        if node.type == "function_definition":
            return node
    return None


class Syntax:
    """The parsed form of one source file. All views keep the file's byte offsets."""

    def __init__(
        self, source: SourceFile, is_statement: Callable[[str], bool] = lambda _: False
    ) -> None:
        """Nothing is parsed until a place is asked for.

        `is_statement` tells of a name whether it is a macro for a statement or a part of one.
        """
        self.source = source
        self._is_statement = is_statement
        self._views: dict[object, Tree] = {}
        self._nesting: dict[tuple[int, int], int] = {}

    @cached_property
    def masked(self) -> bytes:
        """The text with comments, strings and character constants blanked."""
        return mask_opaque(self.source.data)

    @cached_property
    def conditionals(self) -> Conditionals:
        """The #if structure of the file."""
        return read_conditionals(self.source.data, self.masked)

    @cached_property
    def _joined(self) -> bytes:
        """The text with directives blanked and loop macros spelled as loops: all branches at once."""
        text = blank_spans(self.source.data, list(self.conditionals.directives))
        return loops_for_macros(self._with_holes(text))

    def _with_holes(self, text: bytes) -> bytes:
        """The text with an error, of the same length, for each macro that is a part of a statement.

        `IF_NEW tmp = qemu_get_be32(f);` parses as a declaration, though it is an `if`.
        """
        masked = self.masked
        pieces, at = [], 0
        for match in _ALONE.finditer(masked):
            before = masked[max(0, match.start() - 200) : match.start()].rstrip()
            starts = before[-1:] in (b";", b"{", b"}", b")", b":") or before.endswith(
                (b"else", b"do")
            )
            name = match.group(1).decode("latin-1")
            if starts and self._is_statement(name) and not self.in_directive(match.start()):
                pieces += [text[at : match.start()], b"@" * len(name)]
                at = match.end()
        return b"".join((*pieces, text[at:]))

    def code(self, start: int, end: int) -> bytes:
        """A part of the text with its directives blanked: all branches of #if at once."""
        spans = [(max(s, start) - start, min(e, end) - start)
                 for s, e in self.conditionals.directives if s < end and e > start]  # fmt: skip
        return blank_spans(self.source.data[start:end], spans)

    def _view(self, key: object, text: bytes) -> Tree:
        if key not in self._views:
            self._views[key] = parse(text)
        return self._views[key]

    def place(self, at: int) -> SyntaxPlace:
        """Byte `at` in the least damaged view: whole file, its function alone, one configuration."""
        best: SyntaxPlace | None = None
        for tree in self._candidate_views(at):
            chain = nodes_around(tree, at)
            found = SyntaxPlace(tuple(chain), _outermost_function(chain))
            if not found.damaged:
                return found
            if best is None or (best.function is None and found.function is not None):
                best = found
        assert best is not None
        return best

    def _candidate_views(self, at: int) -> Iterator[Tree]:
        yield self._view("whole", self._joined)
        start, end = self.function_bounds(at)
        before = blank(self._joined[:start])
        yield self._view((start, end), before + self._joined[start:end])
        spans = self._other_branches(at)
        text = blank_spans(self._joined, spans)
        yield self._view((start, end, tuple(spans)), before + text[start:end])

    def _other_branches(self, at: int) -> list[tuple[int, int]]:
        """The branches that don't compile together with byte `at`; elsewhere all but the first."""
        around = {b.group: b.index for b in self.conditionals.around(at)}
        return [
            (b.start, b.end)
            for b in self.conditionals.branches
            if b.index != around.get(b.group, 0)
        ]

    def function_bounds(self, at: int) -> tuple[int, int]:
        """The function around byte `at` by QEMU's layout: from a line at column 1 to `}` at column 1."""
        masked = self.masked
        start = 0
        for match in _FUNCTION_START.finditer(masked, max(0, at - 60000), at):
            start = match.start()
        end = masked.find(b"\n}", at)
        end = len(masked) if end < 0 else end + 2
        if masked[start : start + 1] == b"{":
            previous = max(masked.rfind(b"}", 0, start), masked.rfind(b";", 0, start))
            start = previous + 1
        return start, end

    @cached_property
    def unbalanced(self) -> bool:
        """Whether brackets or conditionals of the file are opened and not closed, or the reverse."""
        count = self.masked.count
        pairs = ((b"{", b"}"), (b"(", b")"), (b"[", b"]"))
        return any(count(a) != count(b) for a, b in pairs) or not self.conditionals.closed

    def nesting(self, function: Node) -> int:
        """How deep the brackets of a function nest."""
        key = (function.start_byte, function.end_byte)
        if key not in self._nesting:
            brackets = _BRACKET.findall(self.masked, *key)
            self._nesting[key] = max(0, *depths(map(bytes.decode, brackets)))
        return self._nesting[key]

    def in_directive(self, at: int) -> bool:
        """Whether byte `at` is one of a directive."""
        return self.conditionals.covers(at)

    def branches_at(self, at: int) -> tuple[ConditionalBranch, ...]:
        """The conditional branches around byte `at`."""
        return self.conditionals.around(at)


def text_of(node: Node, data: bytes) -> str:
    """The source text of a node."""
    return data[node.start_byte : node.end_byte].decode("latin-1")
