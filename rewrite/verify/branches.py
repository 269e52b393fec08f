# SPDX-License-Identifier: GPL-2.0-or-later
"""The conditional branches of a function's text: the lines of each, and a mark in it by which the
compiler tells that it compiles the branch."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

COMMENT = r"/\*(?>[\s\S]*?\*/)"
WHOLE = (
    rf"{COMMENT}|//(?:[^\n\\]|\\[\s\S])*+"
    r"|\"(?:[^\"\\\n]|\\[\s\S])*+\"|'(?:[^'\\\n]|\\[\s\S])*+'"
)
"""What is one thing to the preprocessor, whatever stands in it: a comment, a text, a character."""
GAP = rf"(?:[ \t\f\v]|\\\r?\n|{COMMENT})*+"
HASH = rf"^(?<!\\\n)(?<!\\\r\n){GAP}(?:#|%:|\?\?=){GAP}"
"""What begins a directive, however it is spelled (C99 5.2.1.1, 6.4.6)."""
REST = rf"(?:{WHOLE}|[^\n\\]|\\[\s\S])*+"
"""The rest of a directive's line."""

SIGNAL = "rw_signal"
"""What stands before a number in a warning that the compiler must give: where it is not told, no
other warning of that function would be, or the branch is not compiled."""
UNIT_NAME = "rewrite-unit.c"
"""The name that both texts have for the compiler, whatever the file's own is: a path may hold any
bytes, and diagnostics are told from those of headers by it."""
_SIGNAL_NAME = "rewrite-signal.h"

_CONDITIONAL = re.compile(
    rf"{HASH}(?P<word>if|ifdef|ifndef|elif|elifdef|elifndef|else|endif)\b{REST}|{WHOLE}",
    re.MULTILINE,
)


@dataclass(frozen=True)
class MarkedBranch:
    """One branch of an `#if`: what its mark is called, and its lines, those of inner ones too."""

    mark: str
    lines: frozenset[int]


@dataclass
class _OpenBranch:
    """A branch whose end is not read yet; `first` is its first line."""

    mark: str
    first: int


@dataclass
class _Marker:
    """Reads one text from top to bottom. `line` is the number of the line that it is at."""

    text: str
    line: int
    name: str
    branches: list[MarkedBranch] = field(default_factory=list)
    _open: list[_OpenBranch] = field(default_factory=list)
    _counted: int = 0

    def marked(self) -> str:
        """The text with a mark at the beginning of each branch; lines keep their numbers."""
        pieces, at = [], 0
        for match in _CONDITIONAL.finditer(self.text):
            if match["word"] is None:
                continue
            pieces.append(self.text[at : match.end()])
            at = match.end()
            self._close(match)
            if match["word"] != "endif":
                pieces.append(self._begin(at))
        return "".join((*pieces, self.text[at:]))

    def _close(self, match: re.Match[str]) -> None:
        """End the branch that a directive other than an `#if` ends."""
        if not match["word"].startswith("if") and self._open:
            branch = self._open.pop()
            lines = range(branch.first, self._line_at(match.start()))
            self.branches.append(MarkedBranch(branch.mark, frozenset(lines)))

    def _begin(self, at: int) -> str:
        """The mark of the branch that begins after the line that ends at an offset."""
        mark = f"{self.name}.{len(self.branches) + len(self._open)}"
        following = self._line_at(at) + 1
        self._open.append(_OpenBranch(mark, following))
        return make_signal(mark, following).removesuffix("\n")

    def _line_at(self, offset: int) -> int:
        """The line of an offset; each call's offset is at or behind the last one's."""
        self.line += self.text.count("\n", self._counted, offset)
        self._counted = offset
        return self.line


def make_signal(mark: str, following: int) -> str:
    """Lines that make the compiler tell a mark, and go on at line `following` of the unit."""
    return f'\n# 1 "{_SIGNAL_NAME}"\n#warning {SIGNAL} {mark}\n# {following} "{UNIT_NAME}"\n'


def mark_branches(text: str, line: int, name: str) -> tuple[str, tuple[MarkedBranch, ...]]:
    """A function's text, whose first line has this number, with a mark in each branch; the branches."""
    marker = _Marker(text, line, name)
    return marker.marked(), tuple(marker.branches)


def is_balanced(text: str) -> bool:
    """Whether every `#if` of a text ends in it, and no other does."""
    depth = 0
    for match in _CONDITIONAL.finditer(text):
        if match["word"] == "endif":
            depth -= 1
        elif match["word"] is not None:
            depth += match["word"].startswith("if")
            if not depth:
                return False
        if depth < 0:
            return False
    return not depth
