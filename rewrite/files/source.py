# SPDX-License-Identifier: GPL-2.0-or-later
"""One source file: its original bytes, its line ends, its line index and its content hash."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .digest import sha256


@dataclass(frozen=True)
class Position:
    """A place in a file; line and column count from 1, the column in bytes as GNU tools count."""

    line: int
    column: int


@dataclass(frozen=True)
class SourceFile:
    """A file as it was read.

    `path` is where it was read from, `name` the same relative to the tree's root with `/` between
    the parts: what diffs, diagnostics and rules call it. `data` is never decoded and never
    normalised: edits are spans of it, so whatever they don't touch comes back byte for byte.
    """

    path: Path
    name: str
    data: bytes

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the bytes, which tells whether the file changed since it was read."""
        return sha256(self.data)

    @cached_property
    def newline(self) -> bytes:
        """The line end that new lines use: CRLF where most lines of the file end so, else LF."""
        crlf = self.data.count(b"\r\n")
        return b"\r\n" if crlf * 2 > self.data.count(b"\n") else b"\n"

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        """The offset of the first byte of each line."""
        starts = [0]
        find = self.data.find
        at = find(b"\n")
        while at >= 0:
            starts.append(at + 1)
            at = find(b"\n", at + 1)
        return tuple(starts)

    def position(self, offset: int) -> Position:
        """The line and column of byte `offset`."""
        line = bisect.bisect_right(self.line_starts, offset)
        return Position(line, offset - self.line_starts[line - 1] + 1)

    def decoded(self, start: int, end: int) -> str:
        """The bytes `start` to `end` as text for people: UTF-8, or Latin-1 where the file is not."""
        return self.data[start:end].decode(self.encoding, "replace")

    @cached_property
    def encoding(self) -> str:
        """How the file's bytes are shown: "utf-8" where all of it is, else "latin-1"."""
        try:
            self.data.decode("utf-8")
        except UnicodeDecodeError:
            return "latin-1"
        return "utf-8"

    def line_start(self, offset: int) -> int:
        """The offset of the first byte of the line that holds byte `offset`."""
        return self.data.rfind(b"\n", 0, offset) + 1

    def indentation(self, offset: int) -> bytes:
        """The white space that the line of byte `offset` starts with."""
        start = self.line_start(offset)
        end = start
        while self.data[end : end + 1] in (b" ", b"\t"):
            end += 1
        return self.data[start:end]
