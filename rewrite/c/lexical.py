# SPDX-License-Identifier: GPL-2.0-or-later
"""What must be known of C text before a parser sees it: comments, directives, loop macros, brackets.

Everything here keeps the length of the text, so that an offset in the masked text is the same
place in the file.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

_OPAQUE = re.compile(
    rb"/\*.*?(?:\*/|\Z)|//(?:\\\r?\n|[^\n])*"
    rb'|"(?:\\.|[^"\\\n])*(?:"|$|(?=\n))'
    rb"|'(?:\\.|[^'\\\n])*(?:'|$|(?=\n))",
    re.DOTALL,
)
_SPACES = bytes(c if c in b"\r\n" else 0x20 for c in range(256))

_DIRECTIVE = re.compile(rb"^[ \t]*#[ \t]*(\w*)((?:\\\r?\n|[^\n])*)", re.MULTILINE)

_BALANCED = rb"\((?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*\)"
_BLOCK_MACRO = re.compile(
    rb"^[ \t]+(?:\}[ \t]*)?([A-Za-z_]\w+)[ \t]*(?=" + _BALANCED + rb"\s*\{)", re.M
)
_LOOP_MACRO = re.compile(rb"\b(\w*(?:FOREACH|foreach)\w*)[ \t]*(?=" + _BALANCED + rb"\s*[^\s;,)])")
_NOT_MACROS = frozenset((b"while", b"switch", b"return", b"sizeof", b"if", b"for", b"else", b"do"))


def blank_bytes(data: bytes) -> bytes:
    """Spaces in place of every byte but line ends."""
    return data.translate(_SPACES)


def mask_opaque(data: bytes) -> bytes:
    """The text with comments, strings and character constants blanked."""
    return _OPAQUE.sub(lambda m: blank_bytes(m.group()), data)


def mask_comments(data: bytes) -> bytes:
    """The text with comments blanked; strings stay, since declarations rarely need them."""

    def hide(match: re.Match[bytes]) -> bytes:
        text = match.group()
        return blank_bytes(text) if text.startswith((b"/*", b"//")) else text

    return _OPAQUE.sub(hide, data)


@dataclass(frozen=True)
class ConditionalBranch:
    """One branch of a conditional group: the bytes that compile only when `condition` holds.

    `group` counts the #if of the file from 0. `condition` is an expression for #if, with the
    earlier branches negated; `line` is the directive as written where it alone says the condition.
    """

    group: int
    index: int
    start: int
    end: int
    condition: bytes
    line: bytes | None


@dataclass(frozen=True)
class Conditionals:
    """The directives of a file: where they stand, and which branches enclose a place.

    `closed` says that each #if has its #endif, and nothing else has one.
    """

    directives: tuple[tuple[int, int], ...]
    branches: tuple[ConditionalBranch, ...]
    closed: bool

    def around(self, offset: int) -> tuple[ConditionalBranch, ...]:
        """The branches around byte `offset`, outermost first."""
        return tuple(b for b in self.branches if b.start <= offset < b.end)

    def begins_in(self, start: int, end: int) -> bool:
        """Whether a directive begins in a span."""
        at = bisect_left(self._starts, start)
        return at < len(self._starts) and self._starts[at] < end

    def covers(self, offset: int) -> bool:
        """Whether byte `offset` is one of a directive."""
        at = bisect_right(self._starts, offset) - 1
        return at >= 0 and offset < self.directives[at][1]

    @cached_property
    def _starts(self) -> list[int]:
        return [start for start, _ in self.directives]


def _own_condition(keyword: bytes, rest: bytes) -> bytes:
    text = b" ".join(rest.replace(b"\\", b" ").split())
    if keyword == b"ifdef":
        return b"defined(" + text + b")"
    if keyword == b"ifndef":
        return b"!defined(" + text + b")"
    return text


def _negate_condition(condition: bytes) -> bytes:
    if condition.startswith(b"!defined(") and condition.find(b")") == len(condition) - 1:
        return condition[1:]
    if condition.startswith(b"defined(") and condition.find(b")") == len(condition) - 1:
        return b"!" + condition
    return b"!(" + condition + b")"


@dataclass
class _ConditionalGroup:
    number: int
    taken: list[bytes]
    start: int
    condition: bytes
    line: bytes | None
    index: int = 0


def read_conditionals(data: bytes, masked: bytes) -> Conditionals:
    """Read the #if structure of a file; a missing #endif ends at the end of the text."""
    directives: list[tuple[int, int]] = []
    branches: list[ConditionalBranch] = []
    stack: list[_ConditionalGroup] = []
    count = 0
    closed = True

    def close(group: _ConditionalGroup, at: int) -> None:
        branches.append(
            ConditionalBranch(
                group.number, group.index, group.start, at, group.condition, group.line
            )
        )

    for match in _DIRECTIVE.finditer(masked):
        keyword, rest = match.group(1), match.group(2)
        directives.append(match.span())
        if keyword in (b"if", b"ifdef", b"ifndef"):
            own = _own_condition(keyword, rest)
            line = data[match.start() : match.end()].strip()
            stack.append(_ConditionalGroup(count, [own], match.end(), own, line))
            count += 1
        elif keyword in (b"else", b"elif") and stack:
            group = stack[-1]
            close(group, match.start())
            terms = [_negate_condition(c) for c in group.taken]
            if keyword == b"elif":
                own = _own_condition(keyword, rest)
                terms.append(b"(" + own + b")")
                group.taken.append(own)
            group.condition, group.line = b" && ".join(terms), None
            group.start, group.index = match.end(), group.index + 1
        elif keyword == b"endif" and stack:
            close(stack.pop(), match.start())
        elif keyword in (b"endif", b"else", b"elif"):
            closed = False
    for group in stack:
        close(group, len(data))
    branches.sort(key=lambda b: (b.start, -b.end))
    return Conditionals(tuple(directives), tuple(branches), closed and not stack)


def blank_spans(data: bytes, spans: list[tuple[int, int]]) -> bytes:
    """The text with the given spans blanked; they may overlap."""
    pieces: list[bytes] = []
    at = 0
    for start, end in sorted(spans):
        if end <= at:
            continue
        begin = max(start, at)
        pieces += (data[at:begin], blank_bytes(data[begin:end]))
        at = end
    pieces.append(data[at:])
    return b"".join(pieces)


def loops_for_macros(data: bytes) -> bytes:
    """The text with each macro that heads a block or a loop spelled as a `while` of the same length,
    one of less than five letters as an `if`.

    `QTAILQ_FOREACH(port, &s->ports, next) {` parses as a call and a detached block, and
    `RAMBLOCK_FOREACH_MIGRATABLE(block) {` as a nested function, so the parser would miss the loop.
    A comma expression is a legal condition, so `while (port, &s->ports, next) {` parses as meant.
    """

    def spell(match: re.Match[bytes]) -> bytes:
        name = match.group(1)
        if name in _NOT_MACROS:
            return match.group()
        start, end = match.start(1) - match.start(), match.end(1) - match.start()
        text = match.group()
        keyword = b"while" if len(name) >= 5 else b"if"
        return text[:start] + keyword.ljust(end - start) + text[end:]

    spelled = _BLOCK_MACRO.sub(spell, data)
    if b"FOREACH" not in data and b"foreach" not in data:
        return spelled
    return _LOOP_MACRO.sub(spell, spelled)


OPENING, CLOSING = frozenset("([{"), frozenset(")]}")
_LISTED = re.compile(r"[()\[\]{},]")
_BRACKET = re.compile(rb"[()\[\]{}]")


def depths(tokens: Iterable[str]) -> Iterator[int]:
    """How many brackets are open after each of some tokens, or characters."""
    depth = 0
    for token in tokens:
        depth += (token in OPENING) - (token in CLOSING)
        yield depth


def close_of(tokens: Iterable[str]) -> int | None:
    """The index of the bracket that closes the first of some tokens; None where none does."""
    depth = 0
    for at, token in enumerate(tokens):
        depth += (token in OPENING) - (token in CLOSING)
        if depth <= 0 and token in CLOSING:
            return at
    return None


def group_end(tokens: Sequence[str], at: int) -> int:
    """The index after the bracket that closes the one at `at`; the end where none does."""
    close = close_of(itertools.islice(tokens, at, None))
    return len(tokens) if close is None else at + close + 1


def close_in(masked: bytes, inside: int) -> int:
    """The offset of the bracket that closes the one before `inside`; the end where none does."""
    depth = 1
    for match in _BRACKET.finditer(masked, inside):
        depth += 1 if match.group() in b"([{" else -1
        if depth == 0:
            return match.start()
    return len(masked)


T = TypeVar("T")


def split_outer(
    tokens: Sequence[T], separator: str = ",", text: Callable[[T], str] = str
) -> list[list[T]]:
    """The parts of a list of tokens between the separators that no bracket is around."""
    parts: list[list[T]] = [[]]
    for token, depth in zip(tokens, depths(map(text, tokens)), strict=True):
        if depth == 0 and text(token) == separator:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def split_commas(text: str) -> list[str]:
    """The parts of a text between the commas that no bracket is around."""
    marks = list(_LISTED.finditer(text))
    outer = depths(mark.group() for mark in marks)
    commas = [m.start() for m, depth in zip(marks, outer, strict=True) if m[0] == "," and not depth]
    return [text[a + 1 : b] for a, b in itertools.pairwise((-1, *commas, len(text)))]
