# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a section that does not fit is likely to have lost or gained bytes.

Fields have no marks around them, so a section that was cut short in its middle goes wrong at its end.
But what a field holds is seldom like any bytes: numbers are small, booleans 0 or 1, and a subsection
has its name. So all fields in front of one place are plausible where they stand, and all behind it
where they would stand had nothing been lost or gained; the place that divides them best is told.

It is worked out on copies of the section that were mended at some place, and then fit the model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice, pairwise

from ..schema.model import Value
from .events import Closed, Copied, Event, Holds, Opened, Read, UnreadBytes
from .questions import BOOLEANS
from .tree import grow_tree, list_paths

_MOST = 64
"""So many bytes more or less than the model has are explained."""

SIZES = (-1, 1, -2, 2, -4, 4, -8, 8)
"""Bytes more than the fields take that may be tried where nothing tells how many."""

_CUTS = 8
"""Places at which a section is mended, beside those where subsections begin."""

_LARGEST, _MOST_READ = 1 << 18, 1 << 20
"""Sections that are larger are left as they are, and so many bytes are read of a section's copies."""

_DOUBT = 6
"""Places that cost so many bits more than the best may be meant as well."""

_NO_BOOLEAN, _NO_NAME, _A_BYTE = 24, 8, 4
"""What it costs, in bits, that a boolean is neither 0 nor 1, that a number is none of its
enumerators, and that a byte of a buffer is not 0."""


@dataclass(frozen=True)
class Suspect:
    """Bytes that are too many, or too few where negative, and the place, from `start` up to `end`.

    `first` and `last` are the paths of the fields in which they may be, which mostly are one.
    """

    more: int
    start: int
    end: int
    first: str
    last: str

    def text(self) -> str:
        """What is told of it."""
        size, kind = abs(self.more), "more" if self.more > 0 else "less"
        noun = "byte" if size == 1 else "bytes"
        there = "here" if self.first == self.last else f"between here and {self.last}"
        return f"{self.first}: {size} {noun} {kind} than its fields take, most likely {there}"


Mended = Callable[[bytes], Sequence[Event] | None]
"""Reads the contents of a section by its model: the events, from offset 0 on, if they fit."""


@dataclass(frozen=True)
class _Piece:
    """A part of a mended section that stands together: a field, or the head of a subsection."""

    start: int
    end: int
    path: str
    node: Value | None
    wanted: bytes = b""
    """What must stand there."""

    def cost(self, found: bytes) -> int:
        """How many bits it takes to say what stands there."""
        if len(found) != self.end - self.start:
            return 8 * (self.end - self.start)
        if self.wanted:
            return 0 if found == self.wanted else 8 * len(found)
        if self.node is None:
            return _A_BYTE * (len(found) - found.count(0))
        return _cost_of_number(self.node, found)


def _cost_of_number(node: Value, found: bytes) -> int:
    raw = int.from_bytes(found, "big")
    if node.type in BOOLEANS:
        return raw if raw < 2 else _NO_BOOLEAN
    strange = node.enumerators and all(number != raw for _, number in node.enumerators)
    away = min(raw, (1 << 8 * len(found)) - raw)
    return away.bit_length() + (_NO_NAME if strange else 0)


def find_suspect(
    contents: bytes, mended: Mended, sizes: Iterable[int], cuts: Iterable[int]
) -> Suspect | None:
    """Where a section has bytes too many or too few; None where no mending makes it fit.

    `sizes` are the bytes that it may have more than its fields take, the likeliest first; `cuts` some
    places at which a subsection may begin. Offsets are those of the contents.
    """
    if len(contents) > _LARGEST:
        return None
    few = range(0, len(contents) + 1, max(1, len(contents) // _CUTS))
    places = sorted({*few, len(contents), *islice(cuts, _CUTS)})
    tried = [m for m in dict.fromkeys(sizes) if 0 < abs(m) <= min(_MOST, len(contents))]
    ways = ((more, cut) for more in tried for cut in places)
    few_ways = islice(ways, _MOST_READ // max(len(contents), 1))
    found = [way for more, cut in few_ways for way in _divide_numbers(contents, mended, more, cut)]
    return min(found, key=lambda way: way[0])[1] if found else None


def _divide_numbers(
    contents: bytes, mended: Mended, more: int, cut: int
) -> Iterator[tuple[int, Suspect]]:
    """The best place by the fields of the section as it is when it is mended at one, and its cost."""
    before, after = contents[:cut], contents[cut:]
    whole = before + after[more:] if more > 0 else before + bytes(-more) + after
    events = mended(whole)
    if events is None:
        return
    pieces = list(_pieces(whole, events))
    if pieces:
        yield _best_place(contents, pieces, more)


def _best_place(contents: bytes, pieces: Sequence[_Piece], more: int) -> tuple[int, Suspect]:
    """The place that divides the pieces best, and what all of them and the bytes too many cost."""
    still = [p.cost(contents[p.start : p.end]) for p in pieces]
    moved = [p.cost(contents[max(p.start + more, 0) : max(p.end + more, 0)]) for p in pieces]
    fronts = list(accumulate(still, initial=0))
    backs = list(accumulate(reversed(moved), initial=0))[::-1]
    costs = [front + back for front, back in zip(fronts, backs, strict=True)]
    least = min(costs)
    first = last = costs.index(least)
    while first > 0 and costs[first - 1] <= least + _DOUBT:
        first -= 1
    while last < len(pieces) and costs[last + 1] <= least + _DOUBT:
        last += 1
    # A piece that is cut in its middle fits neither way: it is before or behind the place.
    begin, end = pieces[max(first - 1, 0)], pieces[min(last, len(pieces) - 1)]
    return least + 8 * abs(more), Suspect(more, begin.start, end.end, begin.path, end.path)


def _pieces(whole: bytes, events: Sequence[Event]) -> Iterator[_Piece]:
    """The parts of a section in their order."""
    found = [
        piece for path, leaf in list_paths(grow_tree(events)) for piece in _of_leaf(path, leaf)
    ]
    found += list(_heads(whole, events))
    yield from sorted(found, key=lambda piece: piece.start)


def _of_leaf(path: str, leaf: Read | Copied | UnreadBytes) -> Iterator[_Piece]:
    if not isinstance(leaf, Read):
        yield _Piece(leaf.start, leaf.end, path, None)
        return
    for index, start in enumerate(range(leaf.start, leaf.end, leaf.size)):
        one = path if leaf.count is None else f"{path}[{index}]"
        yield _Piece(start, start + leaf.size, one, leaf.node)


def _heads(whole: bytes, events: Sequence[Event]) -> Iterator[_Piece]:
    """The heads of subsections, which have their names in them."""
    for event, after in pairwise(events):
        if isinstance(event, Opened) and event.holds is Holds.SUBSECTION:
            start = event.start
            end = after.end if isinstance(after, Closed) else after.start
            yield _Piece(start, end, event.name, None, whole[start:end])
