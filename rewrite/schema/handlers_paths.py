# SPDX-License-Identifier: GPL-2.0-or-later
"""The paths through a handler's statements: where they go on, how they end, what they move."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from ..wire.text import Node as Statement
from .handlers_c import CTree
from .handlers_values import Point
from .model import Node, Opaque


class How(enum.Enum):
    """How a path ends."""

    FALL = "fall"
    RETURN = "return"
    ERROR = "error"
    BREAK = "break"
    CONTINUE = "continue"


@dataclass(frozen=True)
class Ending:
    """The end of a path: what is known there, and what is returned."""

    how: How
    state: Point
    value: CTree | None = None


@dataclass(frozen=True)
class Flow:
    """What some statements move on all their paths, and how the paths end."""

    nodes: tuple[Node, ...]
    endings: tuple[Ending, ...]

    def falls(self) -> list[Point]:
        """What is known where the statements end without leaving."""
        return [e.state for e in self.endings if e.how is How.FALL]

    def leaves(self) -> bool:
        """Whether some path leaves other than by an error."""
        return any(e.how not in (How.FALL, How.ERROR) for e in self.endings)


@dataclass(frozen=True)
class Todo:
    """Statements that are still to be run: those of a list from `at` on, and then `after`."""

    statements: tuple[Statement, ...]
    at: int = 0
    after: Todo | None = None


@dataclass(frozen=True)
class Leave(Opaque):
    """A mark where a path leaves a loop; one that stays in a model says that the loop's end is unknown."""

    returns: bool = False


def make_leave(*, returns: bool) -> Leave:
    """The mark of a `break`, or of a `return` inside of a loop."""
    text = "return" if returns else "break"
    return Leave(text, "a loop that is left in the middle", returns=returns)


@dataclass(frozen=True)
class LoopRound:
    """What a loop moves, what is known behind it, and how paths end in it that never get there."""

    nodes: tuple[Node, ...]
    state: Point
    ended: bool = False
    endings: tuple[Ending, ...] = ()
