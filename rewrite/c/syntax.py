# SPDX-License-Identifier: GPL-2.0-or-later
"""tree-sitter's view of a file: functions, statements and calls, with damage told per function.

tree-sitter parses C without a preprocessor. Over half of the handler files of QEMU 1.0 hold an
ERROR or MISSING node somewhere, so a place is looked at through the least damaged of three views of
the text (see `Syntax.place`), each parsed only when a place needs it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import tree_sitter_c
from tree_sitter import Language, Node, Parser, Query, QueryCursor, Tree

from ..files.source import SourceFile
from .lexical import (
    ConditionalBranch,
    Conditionals,
    blank_bytes,
    blank_spans,
    depths,
    loops_for_macros,
    mask_opaque,
    read_conditionals,
)

_LANGUAGE = Language(tree_sitter_c.language())
_CALLS = Query(_LANGUAGE, "(call_expression) @call")
_LAST_WORD = re.compile(r"([A-Za-z_]\w*)\s*\Z")
_HEAD = re.compile(rb"\b([A-Za-z_]\w*)\s*\(")
_TO_BODY = re.compile(rb"[^(){};]*\)\s*\{")
_BRACKET = re.compile(rb"[()\[\]{}]")
_ALONE = re.compile(rb"(?:[;{}):]|(?:else|do)(?=\s))(?=\s*([A-Za-z_]\w*)\s+[A-Za-z_*&({])")
"""A word that may be a macro alone: after the end of a statement, and before the rest of another."""
_FUNCTION_START = re.compile(rb"^[A-Za-z_][^;{}#]*\)\s*\{|^\{", re.MULTILINE)


MAX_DEPTH = 300
"""How many nodes around a place are looked at; those of QEMU's code are not 60."""

_MANY = 32
"""From how many children on a node's are kept: as many places as it has children ask for them."""


class _Descent:
    """Ways from a tree's root to bytes of it; each starts where it parts from the one before."""

    def __init__(self, tree: Tree) -> None:
        self._nodes = [tree.root_node]
        self._cursor = tree.walk()
        self._children: dict[int, tuple[list[Node], list[int]]] = {}

    def around(self, at: int) -> list[Node]:
        """The nodes around byte `at`, from the root to the leaf, or to the deepest that counts."""
        kept = bisect_left(self._nodes, True, 1, key=lambda n: not n.start_byte <= at < n.end_byte)
        del self._nodes[kept:]
        self._cursor.reset(self._nodes[-1])
        while len(self._nodes) < MAX_DEPTH:
            node = self._child(self._nodes[-1], at)
            if node is None or node.start_byte > at:
                break
            self._nodes.append(node)
        return list(self._nodes)

    def _child(self, node: Node, at: int) -> Node | None:
        """The first child of the cursor's node that ends behind a byte, which becomes the cursor's."""
        if node.child_count < _MANY:
            found = self._cursor.goto_first_child_for_byte(at)
            return self._cursor.node if found is not None else None
        if node.id not in self._children:
            children = node.children
            self._children[node.id] = children, [child.end_byte for child in children]
        children, ends = self._children[node.id]
        index = bisect_right(ends, at)
        if index == len(children):
            return None
        self._cursor.reset(children[index])
        return children[index]


@dataclass(frozen=True)
class FunctionHead:
    """A function's name and the text of its parameters, which starts at byte `offset`."""

    name: str
    parameters: str
    offset: int


@lru_cache(maxsize=64)
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


def calls_in(node: Node) -> list[Node]:
    """The calls in a part of a text, in the order in which they begin, an outer one first."""
    return QueryCursor(_CALLS).captures(node).get("call", [])


def parse_text(data: bytes) -> Tree:
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
        self._views: dict[object, _Descent] = {}
        self._nesting: dict[tuple[int, int], int] = {}

    @cached_property
    def masked(self) -> bytes:
        """The text with comments, strings and character constants blanked."""
        return mask_opaque(self.source.data)

    def heads_of(self, name: str) -> Sequence[int]:
        """Where the inside of a parenthesis begins that a name stands before: of its calls, and of the
        heads of its declarations."""
        return self._heads.get(name.encode("latin-1"), ())

    def body_of(self, name: str, at_margin: bool = True) -> int | None:
        """Where the inside of the body of a function begins that the file defines, else None.

        `at_margin`: only where the line of its name begins with no white space.
        """
        for after in self.heads_of(name):
            start = self.masked.rfind(name.encode("latin-1"), 0, after)
            line = self.masked.rfind(b"\n", 0, start) + 1
            head = _TO_BODY.match(self.masked, after)
            if head is not None and not (at_margin and self.masked[line : line + 1].isspace()):
                return head.end()
        return None

    @cached_property
    def _heads(self) -> dict[bytes, list[int]]:
        found: dict[bytes, list[int]] = {}
        for match in _HEAD.finditer(self.masked):
            found.setdefault(match.group(1), []).append(match.end())
        return found

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
        pieces, at = [], 0
        known: dict[bytes, bool] = {}
        for match in _ALONE.finditer(self.masked):
            name, (start, end) = match.group(1), match.span(1)
            if name not in known:
                known[name] = self._is_statement(name.decode("latin-1"))
            if known[name] and not self.in_directive(start):
                pieces += [text[at:start], b"@" * len(name)]
                at = end
        return b"".join((*pieces, text[at:]))

    def code(self, start: int, end: int) -> bytes:
        """A part of the text with its directives blanked: all branches of #if at once."""
        spans = [(max(s, start) - start, min(e, end) - start)
                 for s, e in self.conditionals.directives if s < end and e > start]  # fmt: skip
        return blank_spans(self.source.data[start:end], spans)

    def _make_view(self, key: object, text: Callable[[], bytes]) -> _Descent:
        if key not in self._views:
            self._views[key] = _Descent(parse_text(text()))
        return self._views[key]

    def place(self, at: int) -> SyntaxPlace:
        """Byte `at` in the least damaged view: whole file, its function alone, one configuration."""
        best: SyntaxPlace | None = None
        for tree in self._candidate_views(at):
            chain = tree.around(at)
            found = SyntaxPlace(tuple(chain), _outermost_function(chain))
            if not found.damaged:
                return found
            if best is None or (best.function is None and found.function is not None):
                best = found
        assert best is not None
        return best

    def _candidate_views(self, at: int) -> Iterator[_Descent]:
        yield self._make_view("whole", lambda: self._joined)
        start, end = self.function_bounds(at)
        yield self._make_view((start, end), lambda: self._alone(start, end, ()))
        spans = tuple(
            (max(s, start), min(e, end))
            for s, e in self._other_branches(at)
            if s < end and e > start
        )
        yield self._make_view((start, end, spans), lambda: self._alone(start, end, spans))

    def _alone(self, start: int, end: int, spans: Sequence[tuple[int, int]]) -> bytes:
        """A part of the text alone, at its place, with some spans of it blanked."""
        inside = [(s - start, e - start) for s, e in spans]
        return blank_bytes(self._joined[:start]) + blank_spans(self._joined[start:end], inside)

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
