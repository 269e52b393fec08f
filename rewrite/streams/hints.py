# SPDX-License-Identifier: GPL-2.0-or-later
"""What is known of a section's contents beside the schema: where fields begin, and their names."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Hints:
    """Offsets in the stream at which a field begins or ends, in order, and the names that begin."""

    boundaries: tuple[int, ...] = ()
    names: dict[int, frozenset[str]] = field(default_factory=dict)
    end: int | None = None

    def inside(self, start: int, end: int) -> tuple[int, ...]:
        """The boundaries after `start` and before `end`."""
        first, last = bisect_right(self.boundaries, start), bisect_left(self.boundaries, end)
        return self.boundaries[first:last]

    def begins(self, name: str, offset: int) -> bool | None:
        """Whether a field of that name begins there; None where nothing is known of the place."""
        if not self.boundaries or not self.boundaries[0] <= offset <= self.boundaries[-1]:
            return None
        if offset not in self.names:
            return False if offset == self.boundaries[-1] else None
        return name in self.names[offset]
