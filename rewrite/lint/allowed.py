# SPDX-License-Identifier: GPL-2.0-or-later
"""The comments that allow a finding: `rewrite-lint: allow(CODE) reason`, read from the text alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..c.lexical import mask_opaque
from ..convert.candidates import MARK
from ..files.source import SourceFile

_ALLOW = re.compile(
    rb"(?:/\*|//)\s*rewrite-lint:\s*allow\(\s*([^)\s]*)\s*\)[ \t]*((?:[^*\n]|\*(?!/))*)"
)


@dataclass(frozen=True)
class Allowed:
    """A suppression comment: the code and the reason, and where it starts; its last line, and whether
    code is on that too."""

    code: str
    reason: str
    offset: int
    line: int
    beside: bool

    def covers(self, code: str, first: int, last: int) -> bool:
        """Whether it is for a finding of a code on some lines.

        One beside code is for what is on its line, one on a line of its own for the next too.
        """
        return code == self.code and (first if self.beside else first - 1) <= self.line <= last


def find_allowed(source: SourceFile) -> Iterator[Allowed]:
    """The suppression comments of a file, with or without a reason."""
    if MARK not in source.data:
        return
    masked = mask_opaque(source.data)
    for match in _ALLOW.finditer(source.data):
        if masked[match.start() : match.start() + 2].strip():
            continue
        end = source.position(max(match.end() - 1, match.start())).line
        reason = match[2].decode("utf-8", "replace").strip()
        code = match[1].decode("utf-8", "replace")
        stop = source.data.find(b"\n", match.start())
        line = masked[source.line_start(match.start()) : stop if stop >= 0 else None]
        yield Allowed(code, reason, match.start(), end, bool(line.strip()))
