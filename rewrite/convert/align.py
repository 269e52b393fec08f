# SPDX-License-Identifier: GPL-2.0-or-later
"""Which value of a save is which of its load: two sequences laid beside each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from .sequences import Slot

_MATCH, _DEPTH, _LIKE, _BRANCHES = 40, 10, 4, 1
"""What two slots of one wire are worth beside each other, as many loops around both, like names, and as
many branches."""

_ALONE = 3
"""What a slot that meets none takes from the worth of a form of a sequence."""

NamesOf = Callable[[Slot], Set[str]]
"""The names by which a slot is like another."""


@dataclass(frozen=True)
class Aligned:
    """Two slots that stand beside each other. `sure`: they do in every way to lay out as much."""

    save: Slot
    load: Slot
    sure: bool


@dataclass(frozen=True)
class Alignment:
    """The best way to lay two sequences beside each other, where slots of one wire may meet."""

    saves: Sequence[Slot]
    loads: Sequence[Slot]
    names_of: NamesOf

    @cached_property
    def _worths(self) -> list[list[int]]:
        """What each slot of the save is worth beside each one of the load; 0 where they can't meet.

        Each slot is asked for what it is once, as there are as many pairs as places in the table.
        """
        loads = [_Traits.of(slot, self.names_of) for slot in self.loads]
        columns: dict[str, list[tuple[int, _Traits]]] = {}
        for j, load in enumerate(loads):
            columns.setdefault(load.wire, []).append((j, load))
        table = []
        for slot in self.saves:
            save, row = _Traits.of(slot, self.names_of), [0] * len(loads)
            for j, load in columns.get(save.wire, ()):
                row[j] = save.worth_beside(load)
            table.append(row)
        return table

    @cached_property
    def _after(self) -> list[list[int]]:
        """The worth of what is left from a place of both sequences on."""
        below = [0] * (len(self.loads) + 1)
        best = [below]
        for worths in reversed(self._worths):
            below = _row_before(worths[::-1], below[::-1])[::-1]
            best.append(below)
        return best[::-1]

    @cached_property
    def _before(self) -> list[list[int]]:
        """The worth of what comes before a place of both sequences."""
        best = [[0] * (len(self.loads) + 1)]
        for worths in self._worths:
            best.append(_row_before(worths, best[-1]))
        return best

    @property
    def worth(self) -> int:
        """The worth of the whole."""
        return self._after[0][0]

    @property
    def fit(self) -> int:
        """The worth of the whole, less for what meets nothing."""
        return self.worth - _ALONE * (len(self.saves) + len(self.loads) - 2 * len(self._met))

    @property
    def slots(self) -> tuple[Aligned, ...]:
        """The slots that meet, in order."""
        rows, columns = self._met_in_best
        return tuple(
            Aligned(self.saves[i], self.loads[j], rows[i] == 1 and columns[j] == 1)
            for i, j in self._met
        )

    @cached_property
    def _met(self) -> list[tuple[int, int]]:
        """The places at which slots meet, in order."""
        found: list[tuple[int, int]] = []
        i = j = 0
        while i < len(self.saves) and j < len(self.loads):
            worth = self._worths[i][j]
            if worth and self._after[i][j] == self._after[i + 1][j + 1] + worth:
                found.append((i, j))
                i, j = i + 1, j + 1
            elif self._after[i][j] == self._after[i + 1][j]:
                i += 1
            else:
                j += 1
        return found

    @property
    def _met_in_best(self) -> tuple[list[int], list[int]]:
        """How many slots of the load each of the save meets in the best layouts, and the reverse."""
        rows, columns = [0] * len(self.saves), [0] * len(self.loads)
        whole = self.worth
        for i, worths in enumerate(self._worths):
            before, after = self._before[i], self._after[i + 1]
            for j, worth in enumerate(worths):
                if worth and before[j] + worth + after[j + 1] == whole:
                    rows[i] += 1
                    columns[j] += 1
        return rows, columns


@dataclass(frozen=True)
class _Traits:
    """What is compared of a slot."""

    wire: str
    depth: int
    heads: bool
    branches: int
    names: Set[str]

    @staticmethod
    def of(slot: Slot, names_of: NamesOf) -> _Traits:
        """The traits of a slot."""
        return _Traits(slot.wire, len(slot.loops), slot.heads, slot.branches, names_of(slot))

    def worth_beside(self, other: _Traits) -> int:
        """What a slot is worth beside another one of the same wire."""
        worth = _MATCH
        if self.depth == other.depth:
            worth += _DEPTH
        if self.heads and other.heads:
            worth += _DEPTH
        if not self.names.isdisjoint(other.names):
            worth += _LIKE
        return worth + _BRANCHES * (self.branches == other.branches)


def _row_before(worths: Sequence[int], above: Sequence[int]) -> list[int]:
    """The next row of the table of best worths, from what its slot is worth and the row before."""
    row = [0]
    best = 0
    for j, worth in enumerate(worths):
        met = above[j] + worth if worth else 0
        best = max(best, above[j + 1], met)
        row.append(best)
    return row
