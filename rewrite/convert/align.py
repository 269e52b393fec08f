# SPDX-License-Identifier: GPL-2.0-or-later
"""Which value of a save is which of its load: two sequences laid beside each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from .sequences import Slot

_MATCH, _DEPTH, _LIKE, _BRANCHES = 40, 10, 4, 1
"""What two slots of one wire are worth beside each other, as many loops around both, like names, and as
many branches."""

_ALONE = 3
"""What a slot that meets none takes from the worth of a form of a sequence."""

Likeness = Callable[[Slot, Slot], bool]


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
    alike: Likeness

    def _worth(self, i: int, j: int) -> int:
        one, other = self.saves[i], self.loads[j]
        if one.wire != other.wire:
            return 0
        depth = _DEPTH if len(one.loops) == len(other.loops) else 0
        heads = _DEPTH if one.heads and other.heads else 0
        alike = _LIKE if self.alike(one, other) else 0
        return _MATCH + depth + heads + alike + _BRANCHES * (one.branches == other.branches)

    @cached_property
    def _after(self) -> list[list[int]]:
        """The worth of what is left from a place of both sequences on."""
        rows, columns = len(self.saves), len(self.loads)
        best = [[0] * (columns + 1) for _ in range(rows + 1)]
        for i in reversed(range(rows)):
            for j in reversed(range(columns)):
                worth = self._worth(i, j)
                met = best[i + 1][j + 1] + worth if worth else 0
                best[i][j] = max(best[i + 1][j], best[i][j + 1], met)
        return best

    @cached_property
    def _before(self) -> list[list[int]]:
        """The worth of what comes before a place of both sequences."""
        rows, columns = len(self.saves), len(self.loads)
        best = [[0] * (columns + 1) for _ in range(rows + 1)]
        for i in range(rows):
            for j in range(columns):
                worth = self._worth(i, j)
                met = best[i][j] + worth if worth else 0
                best[i + 1][j + 1] = max(best[i][j + 1], best[i + 1][j], met)
        return best

    @property
    def worth(self) -> int:
        """The worth of the whole."""
        return self._after[0][0]

    @property
    def fit(self) -> int:
        """The worth of the whole, less for what meets nothing."""
        return self.worth - _ALONE * (len(self.saves) + len(self.loads) - 2 * len(self.slots))

    @property
    def slots(self) -> tuple[Aligned, ...]:
        """The slots that meet, in order."""
        found: list[Aligned] = []
        i = j = 0
        while i < len(self.saves) and j < len(self.loads):
            worth = self._worth(i, j)
            if worth and self._after[i][j] == self._after[i + 1][j + 1] + worth:
                found.append(Aligned(self.saves[i], self.loads[j], self._is_sure(i, j)))
                i, j = i + 1, j + 1
            elif self._after[i][j] == self._after[i + 1][j]:
                i += 1
            else:
                j += 1
        return tuple(found)

    def _is_sure(self, i: int, j: int) -> bool:
        """Whether a save's slot meets this one of the load in all best layouts, and the reverse."""
        meets = [k for k in range(len(self.loads)) if self._is_best(i, k)]
        met = [k for k in range(len(self.saves)) if self._is_best(k, j)]
        return meets == [j] and met == [i]

    def _is_best(self, i: int, j: int) -> bool:
        worth = self._worth(i, j)
        return bool(worth) and self._before[i][j] + worth + self._after[i + 1][j + 1] == self.worth
