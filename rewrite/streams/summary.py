# SPDX-License-Identifier: GPL-2.0-or-later
"""How much of a stream was understood, in bytes of the devices' state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .events import Copied, Read, UnreadBytes
from .parts import SectionPart, Stream


@dataclass(frozen=True)
class Summary:
    """Sections and bytes of state; `numbers` and `buffers` are named, `unread` are not."""

    sections: int
    settled: int
    numbers: int
    buffers: int
    unread: int
    frame: int

    @property
    def total(self) -> int:
        """All bytes between the heads of sections and their footers, without memory and disks."""
        return self.numbers + self.buffers + self.unread + self.frame

    @property
    def named(self) -> float:
        """The part of the bytes whose meaning is known, 1 for none at all."""
        return 1 - self.unread / self.total if self.total else 1.0


def _count_bytes(part: SectionPart) -> Mapping[type, int]:
    found = {Read: 0, Copied: 0, UnreadBytes: 0}
    for event in part.reading.events:
        if isinstance(event, Read | Copied | UnreadBytes):
            found[type(event)] += event.end - event.start
    return found


def summarise_stream(stream: Stream) -> Summary:
    """The figures of a stream; heads of subsections count as `frame`."""
    sections = stream.sections()
    counted = [_count_bytes(part) for part in sections]
    numbers, buffers, unread = (sum(c[k] for c in counted) for k in (Read, Copied, UnreadBytes))
    total = sum(part.end - part.head.body for part in sections)
    settled = sum(part.reading.settled for part in sections)
    frame = total - numbers - buffers - unread
    return Summary(len(sections), settled, numbers, buffers, unread, frame)
