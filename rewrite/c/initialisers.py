# SPDX-License-Identifier: GPL-2.0-or-later
"""Brace initialisers (C99 6.7.8), and the definitions of a file that have one."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..errors import ExpansionError
from .expand import Lexeme, close_of, lex_text, spell_tokens, split_tokens
from .headers import Header

_SYMBOL = re.compile(r"[A-Za-z_]\w*(\[\w+\])?")


@dataclass(frozen=True)
class InitialiserEntry:
    """One part of an initialiser: its designator (`.name` without the dot, `[2]`, or empty)."""

    designator: str
    value: tuple[Lexeme, ...]

    @property
    def offset(self) -> int:
        """Where it stands in the file."""
        return self.value[0].offset if self.value else 0


@dataclass(frozen=True)
class Definition:
    """A variable with a brace initialiser: whether it is an array, what is in the braces, where.

    `end` is the offset after the closing brace.
    """

    symbol: str
    array: bool
    body: tuple[Lexeme, ...]
    offset: int
    end: int


def read_entries(tokens: Sequence[Lexeme]) -> list[InitialiserEntry]:
    """What stands in the braces, in order; a nested designator (`.a.b`) is "a.b"."""
    return [_read_entry(part) for part in split_tokens(tokens) if part]


def _read_entry(part: Sequence[Lexeme]) -> InitialiserEntry:
    if part[0].text == "[":
        end = close_of(part, 0)
        if end + 1 < len(part) and part[end + 1].text == "=":
            return InitialiserEntry(
                spell_tokens(part[: end + 1]).replace(" ", ""), tuple(part[end + 2 :])
            )
    words: list[str] = []
    at = 0
    while at + 1 < len(part) and part[at].text == "." and part[at + 1].word:
        words.append(part[at + 1].text)
        at += 2
    if words and at < len(part) and part[at].text == "=":
        return InitialiserEntry(".".join(words), tuple(part[at + 1 :]))
    if len(part) > 1 and part[0].word and part[1].text == ":":  # GNU C, obsolete
        return InitialiserEntry(part[0].text, tuple(part[2:]))
    return InitialiserEntry("", tuple(part))


def strip_braces(tokens: Sequence[Lexeme]) -> tuple[Lexeme, ...] | None:
    """What stands in `{ ... }` or `(T[]) { ... }`, None for what is neither."""
    at = 0
    try:
        while at < len(tokens) and tokens[at].text == "(":
            end = close_of(tokens, at)
            if end == len(tokens) - 1:
                return strip_braces(tokens[at + 1 : end])
            at = end + 1
        if at < len(tokens) and tokens[at].text == "{" and close_of(tokens, at) == len(tokens) - 1:
            return tuple(tokens[at + 1 : -1])
    except ExpansionError:
        pass
    return None


def find_referred(tokens: Sequence[Lexeme]) -> str:
    """The symbol that `&x`, `&(x)`, `x` or `&x[2]` refers to; empty for what is no such thing."""
    inner = [t for t in tokens if t.text not in "()"]
    called = any(a.word and b.text == "(" for a, b in itertools.pairwise(tokens))
    if called or any(a.word and b.word for a, b in itertools.pairwise(inner)):
        return ""
    text = "".join(t.text for t in inner).removeprefix("&")
    return text if _SYMBOL.fullmatch(text) and text not in ("NULL", "0") else ""


def definitions_of(header: Header, type_name: str) -> Iterator[Definition]:
    """The definitions in a file of variables of that type that have a brace initialiser."""
    if type_name.encode() not in header.data:
        return
    pattern = re.compile(
        rb"\b" + type_name.encode() + rb"\s+(?:const\s+)?(\w+)\s*(\[[^\]]*\])?[\w\s()]*=\s*\{"
    )
    for match in pattern.finditer(header.code):
        yield _make_definition(
            header, match.group(1).decode("latin-1"), bool(match.group(2)), match
        )


def is_static(header: Header, definition: Definition) -> bool:
    """Whether a variable is static: what stands before its type, after what ended before, says so."""
    start = max(header.code.rfind(end, 0, definition.offset) for end in (b";", b"}", b"\n\n")) + 1
    return re.search(rb"\bstatic\b", header.code[start : definition.offset]) is not None


def array_named(header: Header, name: str) -> Definition | None:
    """The array of that name that a file defines with a brace initialiser."""
    pattern = re.compile(rb"\b" + re.escape(name.encode()) + rb"\s*\[[^\]]*\]\s*=\s*\{")
    match = pattern.search(header.code)
    return _make_definition(header, name, True, match) if match is not None else None


def _make_definition(
    header: Header, symbol: str, array: bool, match: re.Match[bytes]
) -> Definition:
    opening = match.end() - 1
    end = header.close_of(opening)
    body = lex_text(header.code[opening + 1 : end - 1].decode("latin-1"), opening + 1)
    return Definition(symbol, array, body, match.start(), end)


def definitions_in(tokens: Sequence[Lexeme], type_name: str) -> Iterator[Definition]:
    """The same in tokens: what a macro that defines a variable comes to."""
    for at, token in enumerate(tokens[:-3]):
        following = [t.text for t in tokens[at + 2 : at + 4]]
        if token.text == type_name and tokens[at + 1].word and following == ["=", "{"]:
            end = close_of(tokens, at + 3)
            body = tuple(tokens[at + 4 : end])
            yield Definition(tokens[at + 1].text, False, body, token.offset, token.offset)
