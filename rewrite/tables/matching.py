# SPDX-License-Identifier: GPL-2.0-or-later
"""Save and load laid side by side: what both do to the same objects in the same order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..rules.ruleset import Primitive
from ..rules.table_rules import FieldHelper
from ..terms import BYTES_OF_WIRES
from .steps import (
    Helped,
    MovedBytes,
    NoTableError,
    OtherStatement,
    Padding,
    Repeat,
    Since,
    StateMember,
    Step,
    Transfer,
    with_index,
)


@dataclass(frozen=True)
class Number:
    """An object that travels as one number; `since` is the first version that has it.

    `equal` says that the load only compares it.
    """

    member: StateMember
    put: Primitive
    get: Primitive
    since: int
    comment: str
    equal: bool = False


@dataclass(frozen=True)
class Nothing:
    """Bytes that mean nothing: sent as 0, thrown away."""

    size: int
    since: int
    comment: str


@dataclass(frozen=True)
class MatchedBuffer:
    """Bytes as they are in memory."""

    member: StateMember
    size: int
    since: int
    comment: str


@dataclass(frozen=True)
class MovedObject:
    """An object that functions of the tree move; `address` says that they take its address."""

    member: StateMember
    helper: FieldHelper
    address: bool
    since: int
    comment: str


@dataclass(frozen=True)
class Rounds:
    """The same for each value of a loop variable from `start` to below `end`."""

    variable: str
    start: int
    end: int | StateMember
    end_text: str
    body: tuple[Part, ...]
    since: int
    comment: str


Part = Number | Nothing | MatchedBuffer | MovedObject | Rounds


class Matcher:
    """Matches the steps of a save with those of its load."""

    def __init__(self, helpers: Sequence[FieldHelper]) -> None:
        """`helpers` are functions that a table has macros for."""
        self._helpers = helpers
        self._depth = 0

    def match(self, saves: Sequence[Step], loads: Sequence[Step]) -> tuple[Part, ...]:
        """The parts in order. Raises NoTableError at the first step that the other side has not."""
        return tuple(self._match_steps(list(saves), list(flatten_steps(loads))))

    def match_handlers(self, save: Step, load: Step, since: int) -> Part:
        """The part that one step of each side is. Raises NoTableError."""
        return self._match_pair(save, load, since)

    def _match_steps(self, saves: list[Step], loads: list[tuple[Step, int]]) -> Iterator[Part]:
        for n in range(max(len(saves), len(loads))):
            if n >= len(loads):
                raise _make_difference(saves[n], "only the save does this")
            load, since = loads[n]
            if n >= len(saves):
                raise _make_difference(load, "only the load does this")
            yield self._match_pair(saves[n], load, since)

    def _match_pair(self, save: Step, load: Step, since: int) -> Part:
        comment = save.comment or load.comment
        match save, load:
            case Transfer(), Transfer():
                _check_same(save.member, load.member, load)
                _check_wire(save.primitive, load.primitive, load)
                put, get = save.primitive, load.primitive
                return Number(save.member, put, get, since, comment, load.equal)
            case Padding(constant=int(value)), Padding(constant=None):
                _check_wire(save.primitive, load.primitive, load)
                size = BYTES_OF_WIRES.get(save.primitive.wire)
                if value != 0 or size is None:
                    raise _make_difference(
                        save, f"{value} is always sent here, and a table sends 0"
                    )
                return Nothing(size, since, comment)
            case MovedBytes(), MovedBytes():
                _check_same(save.member, load.member, load)
                if save.size != load.size:
                    raise _make_difference(
                        load, f"{save.size} bytes are saved and {load.size} loaded"
                    )
                return MatchedBuffer(save.member, save.size, since, comment)
            case Helped(), Helped():
                _check_same(save.member, load.member, load)
                return MovedObject(
                    save.member, self._match_helper(save, load), save.address, since, comment
                )
            case Repeat(), Repeat():
                return self._match_rounds(save, load, since, comment)
        raise _make_difference(load, "save and load do not do the same here")

    def _match_helper(self, save: Helped, load: Helped) -> FieldHelper:
        for helper in self._helpers:
            if (helper.save, helper.load) == (save.function, load.function):
                return helper
        message = f"{save.function}() and {load.function}() have no macro that does the same"
        raise NoTableError("table-helper", message, load.offset)

    def _match_rounds(self, save: Repeat, load: Repeat, since: int, comment: str) -> Rounds:
        same = (save.start, _end_of(save)) == (load.start, _end_of(load))
        if not same:
            raise _make_difference(
                load, f"the save goes on to {save.end_text}, the load to {load.end_text}"
            )
        variable = f"${self._depth}"  # one name for both, that no C name can be
        self._depth += 1
        saves = [with_index(step, save.variable, variable) for step in save.body]
        loads = [with_index(step, load.variable, variable) for step in load.body]
        body = tuple(self._match_steps(saves, list(flatten_steps(loads, since))))
        self._depth -= 1
        return Rounds(variable, save.start, save.end, save.end_text, body, since, comment)


def _end_of(step: Repeat) -> int | str:
    return step.end if isinstance(step.end, int) else step.end.path


def flatten_steps(steps: Sequence[Step], since: int = 0) -> Iterator[tuple[Step, int]]:
    """The steps with the version that each is there from."""
    for step in steps:
        if isinstance(step, Since):
            yield from flatten_steps(step.body, max(since, step.version))
        elif not isinstance(step, OtherStatement):
            yield step, since


def _check_same(saved: StateMember, loaded: StateMember, load: Step) -> None:
    if saved.path != loaded.path:
        one, other = (_show_path(member.path) for member in (saved, loaded))
        raise _make_difference(load, f"`{one}` is saved and `{other}` loaded")


def _show_path(path: str) -> str:
    """A path with letters for its loop variables."""
    return re.sub(r"\$(\d+)", lambda m: "ijklmnop"[int(m[1]) % 8], path)


def _check_wire(put: Primitive, get: Primitive, load: Step) -> None:
    if put.wire != get.wire:
        raise _make_difference(load, f"{put.name}() saves what {get.name}() loads")


def _make_difference(step: Step, message: str) -> NoTableError:
    return NoTableError("table-differs", message, step.offset)
