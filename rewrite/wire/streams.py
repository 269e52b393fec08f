# SPDX-License-Identifier: GPL-2.0-or-later
"""The visitors and errors that a converted function gets from its streams."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..errors import DifferError
from .facts import Vocabulary
from .sites import ASSIGNMENTS, is_cast_operand, is_unary, strip_parentheses
from .text import Code, is_identifier


@dataclass
class Stream:
    """The names that stand for one stream, where they begin, and how many visits use them."""

    file: list[str]
    visitor: str
    at: int
    added: bool
    errp: str = ""
    uses: int = 0
    directions: set[str] = field(default_factory=set)


class Streams:
    """All streams of one function; `taken` is the set of names that no added one may have."""

    def __init__(self, new: Code, vocabulary: Vocabulary, taken: set[str]) -> None:
        self._new = new
        self._words = vocabulary
        self._taken = taken
        self._streams: list[Stream] = []

    def parts(self, tokens: list[str]) -> tuple[str, str, list[str] | None] | None:
        """What a declaration declares, "visitor" or "errp", its name, and the stream's text.

        A local error says nothing of its stream: it goes with the visitor before it.
        """
        words = self._words
        if tokens[:2] == ["Visitor", "*"] and tokens[3:6] == ["=", words.visitor_getter, "("]:
            return ("visitor", tokens[2], tokens[6:-2]) if tokens[-2:] == [")", ";"] else None
        if words.local_error:
            exact = tokens[:2] == ["Error", "*"] and tokens[3:] == ["=", "NULL", ";"]
            return ("errp", tokens[2], None) if exact else None
        if tokens[:3] == ["Error", "*", "*"] and tokens[4:7] == ["=", words.errp_getter, "("]:
            return ("errp", tokens[3], tokens[7:-2]) if tokens[-2:] == [")", ";"] else None
        return None

    def take(self, tokens: list[str], at: int, *, added: bool) -> bool:
        """Remember the declaration at new token `at`, if it is one of a visitor or an error."""
        parts = self.parts(tokens)
        if parts is None:
            return False
        kind, name, file = parts
        if added and name in self._taken:
            raise DifferError(f"{name} is named as something else is", 0, at)
        self._taken.add(name)
        if kind == "visitor" and file is not None:
            self._visitor(Stream(file, name, at, added))
        else:
            self._error(name, file, at, added=added)
        return True

    def _visitor(self, stream: Stream) -> None:
        known = any(other.file == stream.file for other in self._streams)
        if known and stream.added:
            raise DifferError("the stream has a visitor already", 0, stream.at)
        if not known:
            self._streams.append(stream)

    def _error(self, name: str, file: list[str] | None, at: int, *, added: bool) -> None:
        for stream in self._streams:
            if not stream.errp and (file is None or stream.file == file):
                stream.errp = name
                return
        if added:
            raise DifferError(f"{name} belongs to no visitor", 0, at)

    def use(self, file: list[str], visitor: list[str], errp: list[str], direction: str) -> str:
        """Note a visit for a primitive of the stream `file`. What is wrong with it, or empty."""
        for stream in self._streams:
            if stream.file == file:
                break
        else:
            return f"there is no visitor of {' '.join(file)}"
        if visitor != [stream.visitor]:
            return "the visitor is another stream's"
        if errp != (["&", stream.errp] if self._words.local_error else [stream.errp]):
            return "the error is another stream's"
        stream.uses += 1
        stream.directions.add(direction)
        return ""

    def check(self) -> None:
        """Each visitor added is used, for one direction, and its stream stays what it was."""
        for stream in self._streams:
            if not stream.uses:
                if stream.added:
                    raise DifferError(f"{stream.visitor} is not used", 0, stream.at)
                continue
            if len(stream.directions) > 1:
                raise DifferError("visits took the place of reads and of writes", 0, stream.at)
            self._check_constant(stream)

    def _check_constant(self, stream: Stream) -> None:
        """The stream's text must mean the same stream from its visitor's declaration on."""
        file = strip_parentheses(stream.file)
        if not (is_unary(file) or is_cast_operand(file)):
            raise DifferError("the stream is computed", 0, stream.at)
        roots, members = _names(file)
        for at in range(stream.at, len(self._new.tokens)):
            member = self._new.at(at - 1) in (".", "->")
            if self._new.tokens[at] in (members if member else roots) and self._changes(at, file):
                raise DifferError("the stream is another one later", 0, at)

    def _changes(self, at: int, file: list[str]) -> bool:
        """Whether new token `at` is assigned, stepped or called, or has its address taken."""
        before, after = self._new.at(at - 1), self._new.at(at + 1)
        if after in ASSIGNMENTS or after == "(" or not {"++", "--"}.isdisjoint((before, after)):
            return True
        if after in (".", "->", "["):
            return False
        start = at + 1 - len(file)
        whole = self._new.span(max(0, start), at + 1) == file
        reference = start - 1 if whole else at - 1
        operator = self._new.at(reference - 1) in ("(", ",", "=", ")", ";", "{", "return")
        return self._new.at(reference) == "&" and operator


def _names(file: list[str]) -> tuple[set[str], set[str]]:
    """The variables and the members that a stream's text names."""
    roots: set[str] = set()
    members: set[str] = set()
    for before, token in zip(["", *file], file, strict=False):
        if is_identifier(token):
            (members if before in (".", "->") else roots).add(token)
    return roots, members
