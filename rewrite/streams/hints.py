# SPDX-License-Identifier: GPL-2.0-or-later
"""What is known of a section's contents beside the schema: where fields begin, and their names."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

ANY = ""
"""Among the names of a place: what begins there is described as one piece, whatever is in it."""

_INDEX = re.compile(r"\[\d+\]\Z")


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

    def unnamed(self) -> Hints:
        """The same without the names, which a schema may have spelled otherwise."""
        return Hints(self.boundaries, {}, self.end)

    def alike(self, one: int, other: int) -> bool:
        """Whether elements of one row may begin at two places."""
        if not self.names or other not in self.names or one not in self.names:
            return True
        there = {_plain_name(name) for name in self.names[other]}
        return ANY in there or not there.isdisjoint(map(_plain_name, self.names[one]))

    def begins(self, name: str, offset: int, code: bool) -> bool | None:
        """Whether a field of that name begins there; None where nothing is known of the place.

        `code` says that functions of the device's own read it: then it may be in a piece. All that
        tables read begins at a place that is known, and has a name there.
        """
        if not self.boundaries or not self.boundaries[0] <= offset <= self.boundaries[-1]:
            return None
        if offset not in self.names:
            inside = self.names and not code
            return False if inside or offset == self.boundaries[-1] else None
        there = self.names[offset]
        if _plain_name(name) in {_plain_name(one) for one in there}:
            return True
        return None if ANY in there and code else False


def _plain_name(name: str) -> str:
    """A name without the index at its end, with which a part of an array is described."""
    return _INDEX.sub("", name)
