# SPDX-License-Identifier: GPL-2.0-or-later
"""The two texts of a file made ready for the proof: changed functions call the shim instead.

A visit does not say in which direction it goes, so its name gets that of the old function's calls on
the same stream. Nothing moves to another line for the compiler: line markers see to that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from ..rules.ruleset import Dialect, Rules
from ..wire.text import Function, split, token_offsets, tokenize
from .shim import PREFIX

SHIM_NAME = "rewrite-shim.h"
"""The name by which an instrumented text includes the shim."""
UNIT_NAME = "rewrite-unit.c"
"""The name that both texts have for the compiler, whatever the file's own is: a path may hold any
bytes, and diagnostics are told from those of headers by it."""

SIGNAL = "rw_signal"
"""What stands before each changed function's name in a warning that the compiler must give: where it
is not told, no warning of that function would be."""
_SIGNAL_NAME = "rewrite-signal.h"

_SUPPORT = ("qemu_file_get_visitor", "qemu_file_get_errp")
_VISITOR = re.compile(r"\bVisitor\s*\*\s*(\w+)\s*=\s*qemu_file_get_visitor\s*\(")
_COMMENT = r"/\*(?>[\s\S]*?\*/)"
_WHOLE = (
    rf"{_COMMENT}|//(?:[^\n\\]|\\[\s\S])*+"
    r"|\"(?:[^\"\\\n]|\\[\s\S])*+\"|'(?:[^'\\\n]|\\[\s\S])*+'"
)
_GAP = rf"(?:[ \t\f\v]|\\\r?\n|{_COMMENT})*+"
_HASH = rf"^(?<!\\\n)(?<!\\\r\n){_GAP}(?:#|%:|\?\?=){_GAP}"
_SILENCER = re.compile(
    rf"{_HASH}(?:line\b|\d|pragma{_GAP}(?:GCC|clang){_GAP}diagnostic\b)"
    rf"(?:{_WHOLE}|[^\n\\]|\\[\s\S])*+"
    rf"|\b_Pragma{_GAP}\({_GAP}\"(?:GCC|clang) diagnostic (?:[^\"\\]|\\.)*\"{_GAP}\)"
    rf"|(?P<kept>{_WHOLE})",
    re.MULTILINE,
)
"""What takes the lines of a function to another file's, or warnings from it. What only looks so, in
a comment or a text, is kept."""
_ADDED_INCLUDE = re.compile(r"^[ \t]*#[ \t]*include\b[^\n]*", re.MULTILINE)


@dataclass(frozen=True)
class Changed:
    """A function whose body changed, and the lines of its old and its new body, both ends in.

    `kept` are the lines of the new body that stand in the old one as well.
    """

    name: str
    old_lines: tuple[int, int]
    new_lines: tuple[int, int]
    kept: frozenset[int]


@dataclass(frozen=True)
class Texts:
    """Both texts with the shim in them, and what changed between them."""

    old: bytes
    new: bytes
    functions: tuple[Changed, ...]


class Words:
    """The names that mean something to the wire in one dialect."""

    def __init__(self, rules: Rules, dialect: Dialect) -> None:
        self.direction = {p.name: p.direction for p in rules.primitives.values()}
        visits = [dialect.spell(v) for v in rules.visits.values()]
        self.primitive = _name_pattern([*self.direction, *_SUPPORT])
        self.visit = _name_pattern(visits)


def _name_pattern(names: list[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\.)(?<!->)\b({'|'.join(map(re.escape, names))})(?=\s*\()")


def instrument(old: bytes, new: bytes, words: Words) -> Texts:
    """Put the shim into both texts of a file."""
    before, after = old.decode("latin-1"), new.decode("latin-1")
    after = _without_added_includes(before, after)
    pairs = list(_changed(before, after))
    lefts, rights, functions = [], [], []
    for left, right in pairs:
        directions = _Directions(left.body, right.body, words)
        lefts.append((left, directions.named(left.body)))
        rights.append((right, directions.named(right.body)))
        lines = _lines(after, right)
        kept = _kept(left.body, right.body, lines[0])
        functions.append(Changed(left.name, _lines(before, left), lines, kept))
    return Texts(
        _assemble(before, lefts).encode("latin-1"),
        _assemble(after, rights).encode("latin-1"),
        tuple(functions),
    )


def _without_added_includes(before: str, after: str) -> str:
    """Blank the includes of support code, which a tree need not have yet: the shim stands in."""
    known = {m[0].strip() for m in _ADDED_INCLUDE.finditer(before)}
    return _ADDED_INCLUDE.sub(lambda m: m[0] if m[0].strip() in known else "", after)


def _heard(function: str) -> str:
    """A function whose warnings are told, with the lines that it has; nothing else changes by that."""
    return _SILENCER.sub(lambda m: m["kept"] or "\n" * m[0].count("\n"), function)


def _changed(before: str, after: str) -> Iterator[tuple[Function, Function]]:
    """Pairs of functions by name, and by their order where a name is defined more than once."""
    found: dict[str, list[Function]] = {}
    for function in split(after).functions:
        found.setdefault(function.name, []).append(function)
    for function in split(before).functions:
        others = found.get(function.name)
        other = others.pop(0) if others else None
        if other is not None and other.body != function.body:
            yield function, other


def _lines(text: str, function: Function) -> tuple[int, int]:
    first = text.count("\n", 0, function.start) + 1
    return first, first + function.body.count("\n")


def _kept(old: str, new: str, first: int) -> frozenset[int]:
    """The numbers of a new body's lines that the old one has too; its own first line is `first`."""
    matcher = SequenceMatcher(None, old.splitlines(), new.splitlines(), autojunk=False)
    return frozenset(
        first + block.b + n for block in matcher.get_matching_blocks() for n in range(block.size)
    )


class _Directions:
    """Which way the visits of one function go, by the calls that its old body has and its new one
    has not.

    Where both ways are gone from one stream, its visits get no direction: the text then does not
    compile, and is not proved.
    """

    def __init__(self, old: str, new: str, words: Words) -> None:
        self.words = words
        self.old, self.new = self._calls(old), self._calls(new)

    def named(self, body: str) -> str:
        """A body with a direction in each visit's name, and its primitives renamed."""
        streams = {m[1]: _argument(body, m.end()) for m in _VISITOR.finditer(body)}

        def renamed(match: re.Match[str]) -> str:
            visitor = _argument(body, body.index("(", match.end()) + 1)
            ways = self._lost(streams.get(visitor)) or self._lost(None)
            return f"{PREFIX}{ways[0]}_{match[1]}" if len(ways) == 1 else match[1]

        return self.words.primitive.sub(rf"{PREFIX}\1", self.words.visit.sub(renamed, body))

    def _calls(self, body: str) -> list[tuple[str, str]]:
        """Direction and stream of each call of a primitive."""
        return [
            (self.words.direction[m[1]], _argument(body, body.index("(", m.end()) + 1))
            for m in self.words.primitive.finditer(body)
            if m[1] in self.words.direction
        ]

    def _lost(self, stream: str | None) -> list[str]:
        """The directions of which the new body has fewer calls; on one stream, or on any."""

        def count(calls: list[tuple[str, str]], way: str) -> int:
            return sum(1 for w, s in calls if w == way and stream in (None, s))

        return [way for way in ("put", "get") if count(self.old, way) > count(self.new, way)]


def _argument(text: str, at: int) -> str:
    """The first argument of a call whose parenthesis ends at `at`, without white space."""
    depth, end = 0, at
    while end < len(text) and (depth or text[end] not in ",)"):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(text[end], 0)
        end += 1
    return "".join(text[at:end].split())


def _assemble(text: str, bodies: list[tuple[Function, str]]) -> str:
    """The text with bodies exchanged, and the shim included before each of these functions.

    A marker without flags ends what an earlier one of the text began, such as a system header.
    """
    pieces, at = [f'# 1 "{UNIT_NAME}"\n'], 0
    for function, body in bodies:
        head = _head_start(text, at, function.start)
        line = text.count("\n", 0, head) + 1
        pieces += [
            text[at:head],
            f'\n# 1 "{_SIGNAL_NAME}"\n#warning {SIGNAL} {function.name}\n',
            f'#include "{SHIM_NAME}"\n# {line} "{UNIT_NAME}"\n',
            _heard(text[head : function.start] + body),
        ]
        at = function.start + len(function.body)
    return "".join((*pieces, text[at:]))


def _head_start(text: str, at: int, end: int) -> int:
    """Where the head of a function begins whose body begins at `end`: after the last thing that
    ends before it."""
    piece = text[at:end]
    tokens, offsets = tokenize(piece), token_offsets(piece)
    for token, offset in zip(reversed(tokens), reversed(offsets[: len(tokens)]), strict=True):
        if token in (";", "}"):
            return at + offset + 1
        if token.startswith("#"):
            line = re.compile(r"(?:[^\n\\]|\\\r?\n|\\.)*").match(piece, offset)
            return at + (line.end() if line else offset)
    return at
