# SPDX-License-Identifier: GPL-2.0-or-later
"""The two texts of a file made ready for the proof: changed functions call the shim instead.

A visit does not say in which direction it goes, so its name gets that of the old function's calls on
the same stream. Nothing moves to another line for the compiler: line markers see to that. What is no
part of the proof is only declared: what is the same whatever another function does is the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from ..rules.ruleset import Dialect, Rules
from ..terms import Direction
from ..wire.text import Function, split_functions, token_offsets, tokenize_text
from .branches import (
    COMMENT,
    GAP,
    HASH,
    REST,
    UNIT_NAME,
    WHOLE,
    MarkedBranch,
    is_balanced,
    make_signal,
    mark_branches,
)
from .nulls import known_streams
from .shim import PREFIX, STRING

SHIM_NAME = "rewrite-shim.h"
"""The name by which an instrumented text includes the shim."""
LIVE, MACRO = "rw_live", "rw_macro"
"""What stands in the assembly where a changed function is compiled, and for each name of its wire
operations that is a macro there: a number, the name, what a call of it becomes."""

_ARGUMENT = "rw_argument"
_AS_TARGET, _WIDTHS = ("target_long", "target_register"), ("be32", "be64")
_SILENCER = re.compile(
    rf"{HASH}(?:line\b|\d|pragma{GAP}(?:GCC|clang){GAP}diagnostic\b){REST}"
    rf"|\b_Pragma{GAP}\({GAP}\"(?:GCC|clang) diagnostic (?:[^\"\\]|\\.)*\"{GAP}\)"
    rf"|(?P<kept>{WHOLE})",
    re.MULTILINE,
)
"""What takes the lines of a function to another file's, or warnings from it. What only looks so, in
a comment or a text, is kept."""
_DEFINES = re.compile(rf"{HASH}(?:define|undef){GAP}(\w+)|{COMMENT}", re.MULTILINE)
_SPLICE = re.compile(r"\\\r?\n")
_VALUE_AFTER = (".", "->", "=", "&", "return", "?", ":")
_INLINE = re.compile("inline|attribute", re.IGNORECASE)


@dataclass(frozen=True)
class Changed:
    """A function whose body changed, and the lines of its old and its new body, both ends in.

    `number` tells it from others of its name. `kept` and `old_kept` are the lines of either body that
    stand in the other as well. `words` are the wire's names that it calls, and its own, with those
    that a macro of such a name may call in its place; `doubt` says why one of them may be another
    thing than the tree's primitive, empty where no text shows that.
    """

    number: int
    name: str
    old_lines: tuple[int, int]
    new_lines: tuple[int, int]
    kept: frozenset[int]
    old_kept: frozenset[int]
    old_branches: tuple[MarkedBranch, ...]
    new_branches: tuple[MarkedBranch, ...]
    words: Mapping[str, frozenset[str]]
    doubt: str
    reads: bool
    """Whether its new text has a visit that reads."""

    @property
    def all_lines(self) -> tuple[int, ...]:
        """All lines of its new body."""
        return tuple(range(self.new_lines[0], self.new_lines[1] + 1))


@dataclass(frozen=True)
class _TextPiece:
    """A part of a text. `bare` is a function's declaration, None where it needs its body, or is none;
    `number` is that of a changed function, whose `text` calls the shim."""

    text: str
    bare: str | None = None
    number: int | None = None
    known: str | None = None
    """The text of a changed function in which a stream whose visitor was asked for is no null pointer."""


@dataclass(frozen=True)
class Texts:
    """Both texts in pieces, and what changed between them."""

    functions: tuple[Changed, ...]
    _old: tuple[_TextPiece, ...]
    _new: tuple[_TextPiece, ...]

    @property
    def old(self) -> bytes:
        """The whole old text with the shim in it."""
        return _join_pieces(self._old, None)

    @property
    def new(self) -> bytes:
        """The whole new text with the shim in it."""
        return _join_pieces(self._new, None)

    @property
    def known(self) -> bytes:
        """The whole new text, in which a stream whose visitor was asked for is an object's address.

        The visitor is read from the stream, so that no test behind that can find a null pointer.
        """
        return "".join(p.known or p.text for p in self._new).encode("latin-1")

    def select_only(self, numbers: frozenset[int]) -> tuple[bytes, bytes]:
        """Both texts, in which only the changed functions of these numbers have bodies.

        So have those that are inline, or have an attribute: they may have to be known.
        """
        return _join_pieces(self._old, numbers), _join_pieces(self._new, numbers)


def _join_pieces(pieces: tuple[_TextPiece, ...], numbers: frozenset[int] | None) -> bytes:
    texts = (
        p.text if numbers is None or p.bare is None or p.number in numbers else p.bare
        for p in pieces
    )
    return "".join(texts).encode("latin-1")


class WireWords:
    """The names that mean something to the wire in one dialect."""

    def __init__(self, rules: Rules, dialect: Dialect) -> None:
        self.primitives = rules.primitives
        asked = rules.interface
        self.support = (asked.visitor_of, asked.errors_of)
        self.visitor = re.compile(rf"\b{asked.visitor}\s*\*\s*(\w+)\s*=\s*{asked.visitor_of}\s*\(")
        visits = [dialect.spell(v) for v in rules.visits.values()]
        self.primitive = _name_pattern([*self.primitives, *self.support])
        self.visit = _name_pattern(visits)
        self.any = re.compile(rf"\b(?:{'|'.join([*self.primitives, *self.support, *visits])})\b")
        self._visits = rules.visits
        self._order = dialect.order

    def probe(self, name: str) -> str:
        """A call of one of the names, for what a macro makes of it; of others the name itself."""
        primitive = self.primitives.get(name)
        visits = [v for v in self._visits.values() if name in (v.function, v.rfc)]
        if primitive is not None:
            count = {"result": 1, "buffer": 3}.get(primitive.operand, 2)
        elif visits:
            count = len(self._order) + (visits[0].wire == ("buffer",))
        else:
            count = int(name in self.support)
        arguments = ", ".join(f"{_ARGUMENT}{n}" for n in range(count))
        return f"{name}({arguments})" if count else name

    def same(self, name: str) -> frozenset[str]:
        """The functions that do to the wire what a name does, where a target's long has a width."""
        one = self.primitives.get(name)
        if one is not None:
            wires = {one.wire, *(_WIDTHS if one.wire in _AS_TARGET else ())}
            return frozenset(
                p.name
                for p in self.primitives.values()
                if (p.direction, p.operand) == (one.direction, one.operand) and p.wire in wires
            )
        visits = self._visits.values()
        carried = {v.wire for v in visits if name in (v.function, v.rfc)}
        return frozenset(v.function for v in visits if v.wire in carried)


def is_such_a_call(told: str, functions: frozenset[str]) -> bool:
    """Whether what became of a probe is a call of one of these functions with all its arguments."""
    match = re.fullmatch(r"(\w+)\s*\((.*)\)", told.strip())
    if match is None or match[1] not in functions:
        return False
    arguments = sorted(a.strip() for a in match[2].split(","))
    return arguments == [f"{_ARGUMENT}{n}" for n in range(len(arguments))]


def _name_pattern(names: list[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\.)(?<!->)\b({'|'.join(map(re.escape, names))})(?=\s*\()")


def instrument_texts(old: bytes, new: bytes, words: WireWords) -> Texts:
    """Put the shim into both texts of a file."""
    before, after = old.decode("latin-1"), new.decode("latin-1")
    own = {f.name for f in split_functions(before).functions if "static" in f.header}
    olds, news = _Assembly(before, words.support[0]), _Assembly(after, words.support[0])
    functions = list[Changed]()
    for left, right in _pair_functions(before, after):
        if left.body == right.body:
            if _can_be_bare(left) and left.header == right.header:
                olds.add_bare(left)
                news.add_bare(right)
            continue
        number, bare = len(functions), _can_be_bare(left) and _can_be_bare(right)
        directions = _Directions(left.body, right.body, words)
        called = {*words.any.findall(left.body), *words.any.findall(right.body)}
        probes = "".join(
            _make_probe(number, n, words.probe(n)) for n in sorted({*called, left.name})
        )
        old_lines, old_branches = olds.add(
            left, directions.calls_named(left.body), number, probes, bare
        )
        new_body = directions.calls_named(right.body)
        new_lines, new_branches = news.add(right, new_body, number, probes, bare)
        functions.append(
            Changed(
                number, left.name, old_lines, new_lines,
                _kept_lines(left.body, right.body, new_lines[0]),
                _kept_lines(right.body, left.body, old_lines[0]),
                old_branches, new_branches,
                {left.name: frozenset(), **{name: words.same(name) for name in called}},
                _doubt_name(left, right, own & called, words), f"{PREFIX}get_" in new_body,
            )
        )  # fmt: skip
    return Texts(tuple(functions), olds.list_pieces(), news.list_pieces())


def _doubt_name(left: Function, right: Function, own: set[str], words: WireWords) -> str:
    """Why a name that a function calls may not be the tree's own, by the text; empty if it is. One
    that is spelled across lines is not asked about, so it may be anything."""
    for name in sorted(own):
        return f"{name} is a static function of this file"
    for function in (left, right):
        for match in _DEFINES.finditer(function.body):
            if match[1] is not None and words.any.fullmatch(match[1]):
                return f"{match[1]} is made a macro in the function"
        joined = _SPLICE.sub("", function.body)
        for name in sorted({*words.any.findall(joined)} - {*words.any.findall(function.body)}):
            return f"{name} is spelled across a line splice"
        for name in _declared_names([*function.header, *tokenize_text(function.body)], words):
            return f"{name} is declared in the function"
    return ""


def _declared_names(tokens: list[str], words: WireWords) -> Iterator[str]:
    """The names of the wire's that may be an object or a function of a text's own: that are neither
    called, nor a member, nor stand where a value does."""
    for before, token, after in zip(["", *tokens], tokens, [*tokens[1:], ""], strict=False):
        if after == "(" or not words.any.fullmatch(token) or before in _VALUE_AFTER:
            continue
        if before not in ("(", ",") or after not in (",", ")"):
            yield token


def _mark_heard(function: str) -> str:
    """A function whose warnings are told, with the lines that it has; nothing else changes by that."""
    return _SILENCER.sub(lambda m: m["kept"] or "\n" * m[0].count("\n"), function)


def _pair_functions(before: str, after: str) -> Iterator[tuple[Function, Function]]:
    """Pairs of functions by name, and by their order where a name is defined more than once."""
    found: dict[str, list[Function]] = {}
    for function in split_functions(after).functions:
        found.setdefault(function.name, []).append(function)
    for function in split_functions(before).functions:
        others = found.get(function.name)
        if others:
            yield function, others.pop(0)


def _can_be_bare(function: Function) -> bool:
    """Whether a declaration can stand for a function: its text is whole, and nothing says that a
    compiler must see the body."""
    if any(_INLINE.search(token) for token in function.header):
        return False
    return function.body.endswith("}") and is_balanced(function.body)


def _kept_lines(old: str, new: str, first: int) -> frozenset[int]:
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

    def __init__(self, old: str, new: str, words: WireWords) -> None:
        self.words = words
        self.old, self.new = self._list_calls(old), self._list_calls(new)

    def calls_named(self, body: str) -> str:
        """A body with a direction in each visit's name, and its primitives renamed."""
        streams = {m[1]: _first_argument(body, m.end()) for m in self.words.visitor.finditer(body)}

        def renamed(match: re.Match[str]) -> str:
            visitor = _first_argument(body, body.index("(", match.end()) + 1)
            ways = self._lost_directions(streams.get(visitor)) or self._lost_directions(None)
            return f"{PREFIX}{ways[0]}_{match[1]}" if len(ways) == 1 else match[1]

        return self.words.primitive.sub(rf"{PREFIX}\1", self.words.visit.sub(renamed, body))

    def _list_calls(self, body: str) -> list[tuple[str, str]]:
        """Direction and stream of each call of a primitive."""
        return [
            (
                self.words.primitives[m[1]].direction,
                _first_argument(body, body.index("(", m.end()) + 1),
            )
            for m in self.words.primitive.finditer(body)
            if m[1] in self.words.primitives
        ]

    def _lost_directions(self, stream: str | None) -> list[str]:
        """The directions of which the new body has fewer calls; on one stream, or on any."""

        def count(calls: list[tuple[str, str]], way: str) -> int:
            return sum(1 for w, s in calls if w == way and stream in (None, s))

        return [way for way in Direction if count(self.old, way) > count(self.new, way)]


def _first_argument(text: str, at: int) -> str:
    """The first argument of a call whose parenthesis ends at `at`, without white space."""
    depth, end = 0, at
    while end < len(text) and (depth or text[end] not in ",)"):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(text[end], 0)
        end += 1
    return "".join(text[at:end].split())


class _Assembly:
    """One text, cut into pieces from top to bottom.

    A marker without flags ends what an earlier one of the text began, such as a system header.
    """

    def __init__(self, text: str, visitor_of: str) -> None:
        self._text, self._at, self._line = text, 0, 1
        self._visitor_of = visitor_of
        self._pieces = [_TextPiece(f'# 1 "{UNIT_NAME}"\n')]

    def add_bare(self, function: Function) -> None:
        """A function that may be declared only."""
        self._text_until(function.start)
        self._add_function(function, function.body, None)

    def add(
        self, function: Function, body: str, number: int, probes: str, bare: bool
    ) -> tuple[tuple[int, int], tuple[MarkedBranch, ...]]:
        """A changed function with the body that calls the shim; its lines and branches."""
        start = _head_start(self._text, self._at, function.start)
        self._text_until(start)
        first = self._line
        head = self._text[start : function.start]
        before = (
            f'{make_signal(str(number), first)}#include "{SHIM_NAME}"\n__asm__("# {LIVE} {number}");\n'
            f'{probes}# {first} "{UNIT_NAME}"\n'
        )
        heard, branches = mark_branches(_mark_heard(head + body), first, str(number))
        known = before + _mark_heard(head + known_streams(body, self._visitor_of))
        self._add_function(function, before + heard, number, head if bare else None, known)
        body_line = first + head.count("\n")
        return (body_line, body_line + function.body.count("\n")), branches

    def list_pieces(self) -> tuple[_TextPiece, ...]:
        """All pieces, with what is left of the text."""
        return (*self._pieces, _TextPiece(self._text[self._at :]))

    def _text_until(self, end: int) -> None:
        self._pieces.append(_TextPiece(self._text[self._at : end]))
        self._line += self._text.count("\n", self._at, end)
        self._at = end

    def _add_function(
        self,
        function: Function,
        text: str,
        number: int | None,
        head: str | None = "",
        known: str | None = None,
    ) -> None:
        end = function.start + len(function.body)
        bare = None if head is None else f"{head};" + "\n" * function.body.count("\n")
        self._pieces.append(_TextPiece(text, bare, number, known))
        self._line += self._text.count("\n", self._at, end)
        self._at = end


def _make_probe(number: int, name: str, call: str) -> str:
    """Lines that leave what becomes of a call of a name in the assembly, where the name is a macro."""
    told = f'__asm__("# {MACRO} {number} {name} " {STRING}({call}));'
    return f"#ifdef {name}\n{told}\n#endif\n"


def _head_start(text: str, at: int, end: int) -> int:
    """Where the head of a function begins whose body begins at `end`: after the last thing that
    ends before it."""
    piece = text[at:end]
    tokens, offsets = tokenize_text(piece), token_offsets(piece)
    for token, offset in zip(reversed(tokens), reversed(offsets[: len(tokens)]), strict=True):
        if token in (";", "}"):
            return at + offset + 1
        if token.startswith("#"):
            line = re.compile(r"(?:[^\n\\]|\\\r?\n|\\.)*").match(piece, offset)
            return at + (line.end() if line else offset)
    return at
