# SPDX-License-Identifier: GPL-2.0-or-later
"""Immutable edits of byte spans, and how they are applied: in groups, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import OverlapError
from .source import SourceFile


@dataclass(frozen=True, order=True)
class Edit:
    """Replace the bytes `start` to `end` (exclusive) with `new`; `start == end` inserts."""

    start: int
    end: int
    new: bytes


def apply_edits(data: bytes, edits: Iterable[Edit]) -> bytes:
    """The text with all edits made at once; edits at one point keep the order they came in.

    Raises OverlapError where two edits overlap.
    """
    pieces: list[bytes] = []
    at = 0
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        if edit.start < at:
            raise OverlapError(f"edit at byte {edit.start} overlaps one that ends at byte {at}")
        pieces += (data[at : edit.start], edit.new)
        at = edit.end
    pieces.append(data[at:])
    return b"".join(pieces)


@dataclass(frozen=True)
class FileChange:
    """The whole new text of one file, beside the file as it was read."""

    source: SourceFile
    new: bytes
