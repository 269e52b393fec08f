# SPDX-License-Identifier: GPL-2.0-or-later
"""Finds how a section's bytes are to be read: every way that its model leaves open is tried.

The search is bounded. Where two ways fit and read other values, what both read alike is settled and
the rest is not; where none fits, the place that was reached furthest is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice

from ..errors import MisfitError
from ..printable import quoted
from ..schema.expression import Configured
from ..schema.spelling import spell_expression
from .events import (
    Closed,
    Copied,
    Event,
    Kept,
    Opened,
    Read,
    RepeatedElements,
    UnreadBytes,
    expand_events,
)
from .framing import subsection_at
from .machine import Machine
from .models import Model
from .questions import BOOLEANS
from .state import Assumed, DescriptionFrame, WayState

STEPS, _FORK = 200_000, 10
"""Steps that one search may take, and as how many a fork counts, for it copies what was read."""

_ASKED = 4
"""Facts that a person is asked for at once."""

_SOLUTIONS = 16
"""Ways to read that are gathered before it is enough that they differ."""


@dataclass(frozen=True)
class Misfit:
    """The place at which no way went further: its offset, the path of fields, and why."""

    offset: int
    path: str
    reason: str


@dataclass(frozen=True)
class Solution:
    """One way to read the bytes up to `end`, and what it takes for granted."""

    model: Model
    version: int
    end: int
    events: tuple[Kept, ...]
    assumed: dict[str, Assumed]

    @property
    def facts(self) -> dict[str, int]:
        """What it takes for granted, by the names that `--set` has for it."""
        return {key: one.value for key, one in self.assumed.items()}


@dataclass
class Search:
    """What came of trying: the ways that fit, whether all were tried, and where the rest failed."""

    solutions: list[Solution] = field(default_factory=list)
    complete: bool = True
    misfit: Misfit | None = None
    stuck: WayState | None = None
    """The way that came furthest of those that failed."""

    certain: bool = True
    """Whether the way that came furthest took nothing for granted."""

    left: int = STEPS
    asked: dict[str, None] = field(default_factory=dict)
    """The questions on the first ways, in the order in which they came up."""

    def walk(self, machine: Machine, state: WayState) -> Iterator[WayState] | None:
        """Go on to the next fork, or to the end of the model, or of the bound; raises MisfitError."""
        self.left -= _FORK
        while state.todo is not None and self.left > 0:
            self.left -= 1
            forks = machine.step(state)
            if forks is not None:
                return forks
        return None

    def fail(self, state: WayState, error: MisfitError) -> None:
        """Remember the failure that came furthest."""
        if len(self.asked) < _ASKED:
            self.asked |= dict.fromkeys(state.assumed)
        if self.misfit is None or error.offset > self.misfit.offset:
            self.misfit = Misfit(error.offset, state.place(error.name), error.reason)
            self.stuck, self.certain = state, not state.assumed

    def merge(self, other: Search) -> None:
        """Add what came of trying another model of the same bytes."""
        for solution in other.solutions:
            self.add(solution)
        self.complete = self.complete and other.complete
        self.asked |= other.asked
        if other.misfit is not None and (
            self.misfit is None or other.misfit.offset > self.misfit.offset
        ):
            self.misfit, self.stuck, self.certain = other.misfit, other.stuck, other.certain

    def explain(self, other: Search) -> None:
        """Take from another search of the same bytes the place where nothing goes further."""
        if other.misfit is not None:
            self.misfit, self.stuck, self.certain = other.misfit, other.stuck, other.certain

    def add(self, solution: Solution) -> None:
        """Add a way to read, unless another reads the same."""
        if all(not _are_alike(solution, other) for other in self.solutions):
            self.solutions.append(solution)


def _are_alike(one: Solution, other: Solution) -> bool:
    return one.end == other.end and _list_filled(one.events) == _list_filled(other.events)


def _list_filled(events: Iterable[Kept]) -> list[object]:
    """What is read, without where the source says so, and without parts that hold nothing."""
    found: list[object] = []
    for event in events:
        empty = found and isinstance(found[-1], Opened) and not found[-1].version
        if isinstance(event, Closed) and empty:
            found.pop()
        else:
            found.append(_describe_event(event))
    return found


def _describe_event(event: Kept) -> object:
    match event:
        case Read(node, start, size, count):
            return node.name, node.signed, node.type in BOOLEANS, start, size, count
        case Copied(node, start, end):
            return node.name, start, end
        case RepeatedElements(first, width, count):
            return tuple(_list_filled(first)), width, count
    return event


def search_section(
    machine: Machine,
    model: Model,
    version: int,
    start: int,
    settings: Mapping[str, int],
    limit: int = STEPS,
    most: int = _SOLUTIONS,
) -> Search:
    """Try all ways to read a section by one model, depth first, as far as the bound allows.

    With `most` ways that fit it is enough.
    """
    found = Search(left=limit)
    first = _first_state(machine, model, version, start, settings)
    waiting: list[Iterator[WayState]] = [iter((first,))]
    later: list[Iterator[WayState]] = []
    while waiting or later:
        if not waiting:
            if found.solutions:
                break
            waiting, later = later[::-1], []
        state = next(waiting[-1], None)
        if state is None:
            waiting.pop()
        elif state.fallback:
            state.fallback = False
            later.append(chain((state,), _try_now(waiting.pop())))
        else:
            _try_way(machine, model, version, state, found, waiting)
        if found.left <= 0 or len(found.solutions) >= most:
            found.complete = False
            break
    return found


def _try_now(ways: Iterator[WayState]) -> Iterator[WayState]:
    """The ways of a fork, to be tried now that nothing better fits."""
    for state in ways:
        state.fallback = False
        yield state


def _try_way(
    machine: Machine,
    model: Model,
    version: int,
    state: WayState,
    found: Search,
    waiting: list[Iterator[WayState]],
) -> None:
    """Follow one way to its end, or to where it forks."""
    try:
        more = found.walk(machine, state)
        if more is not None:
            waiting.append(more)
        elif found.left > 0:
            _finish_way(machine, model, version, state, found)
    except MisfitError as error:
        found.fail(state, error)


def _first_state(
    machine: Machine, model: Model, version: int, start: int, settings: Mapping[str, int]
) -> WayState:
    """The state before the first byte of a section."""
    code = model.description is None
    state = WayState(start, DescriptionFrame("", version, model.file, {}, code=code), settings)
    state.classes = {setup.type: setup for setup in model.classes}
    if model.description is None:
        state.push(model.nodes)
    else:
        machine.enter(state, model.description, "", version)
    return state


def _finish_way(
    machine: Machine, model: Model, version: int, state: WayState, found: Search
) -> None:
    if not machine.accepts(state.pos):
        raise MisfitError(state.pos, _too_long(machine, state.pos))
    solution = Solution(model, version, state.pos, tuple(state.events()), state.assumed)
    found.add(solution)


def _too_long(machine: Machine, offset: int) -> str:
    """Why a section can't be over here: what stands here instead of its end."""
    piece = subsection_at(machine.data, offset)
    if piece is not None and piece[0].isprintable() and piece[2] <= machine.limit:
        return f"the schema has no subsection {quoted(piece[0])}"
    if machine.end is not None:
        return f"the section goes on for {machine.end - offset} bytes after its last field"
    return "nothing that may follow a section begins behind its last field"


@dataclass(frozen=True)
class SectionReading:
    """How a section is read. `settled`: every byte of it, and in no other way.

    `reason` says why not; `misfit` is set where nothing fits, which is a damaged stream or a model
    of another version.
    """

    end: int
    events: tuple[Event, ...]
    settled: bool
    model: Model | None = None
    assumed: Mapping[str, Assumed] = field(default_factory=dict)
    reason: str = ""
    misfit: Misfit | None = None

    @property
    def facts(self) -> dict[str, int]:
        """What it takes for granted, by the names that `--set` has for it."""
        return {key: one.value for key, one in self.assumed.items()}

    @property
    def configured(self) -> dict[str, int]:
        """The part of the facts that holds for the whole stream."""
        found = [a for a in self.assumed.values() if isinstance(a.expression, Configured)]
        return {spell_expression(a.expression): a.value for a in found}


def make_reading(found: Search, start: int, end: int) -> SectionReading:
    """What is settled of a section between two offsets, after all its models were tried."""
    if not found.solutions:
        return _make_empty_reading(found, start, end)
    first = found.solutions[0]
    if len(found.solutions) == 1 and found.complete:
        events = expand_events(first.events)
        whole = not any(isinstance(event, UnreadBytes) for event in events)
        known = whole and first.model.known
        reason = "" if known else _why_unread(events)
        return SectionReading(first.end, events, known, first.model, first.assumed, reason)
    reason = _describe_difference(found)
    if any(other.end != first.end for other in found.solutions):
        return SectionReading(end, _close_events((), start, end, reason), False, reason=reason)
    ways = [s.events for s in found.solutions]
    events = expand_events(_common_start(ways)) if found.complete else ()
    return SectionReading(
        first.end,
        _close_events(events, start, first.end, reason),
        False,
        first.model,
        reason=reason,
    )


def _why_unread(events: tuple[Event, ...]) -> str:
    """Why a section is not settled that could be read: its first bytes that the model doesn't know."""
    reasons = (event.reason for event in events if isinstance(event, UnreadBytes))
    return next(reasons, "there is no model of it")


def _make_empty_reading(found: Search, start: int, end: int) -> SectionReading:
    misfit = found.misfit
    if misfit is None or not found.complete:
        reason = "too many ways to read it" + _describe_asked(found.asked)
        return SectionReading(end, _close_events((), start, end, reason), False, reason=reason)
    reason = f"{misfit.path or 'the section'}: {misfit.reason}"
    known = found.certain and found.stuck is not None
    events = expand_events(found.stuck.events()) if known and found.stuck is not None else ()
    return SectionReading(
        end, _close_events(events, start, end, reason), False, reason=reason, misfit=misfit
    )


def _close_events(
    events: tuple[Event, ...], start: int, end: int, reason: str
) -> tuple[Event, ...]:
    """The events, all that is open closed, and behind them what is not settled."""
    depth = sum(1 if isinstance(e, Opened) else -1 if isinstance(e, Closed) else 0 for e in events)
    ends = [e.end for e in events if not isinstance(e, Opened)]
    reached = max(ends, default=start)
    closing = [Closed(reached)] * depth
    rest = [UnreadBytes("", reason, reached, end)] if end > reached else []
    return (*events, *closing, *rest)


def _common_start(ways: list[tuple[Kept, ...]]) -> tuple[Kept, ...]:
    """What all ways begin with."""
    found: list[Kept] = []
    for events in zip(*ways, strict=False):
        if any(event != events[0] for event in events):
            break
        found.append(events[0])
    return tuple(found)


def _describe_difference(found: Search) -> str:
    """Why it isn't settled: the facts in which the ways differ, for the user to tell them."""
    if not found.complete:
        return "too many ways to read it" + _describe_asked(found.solutions[0].assumed)
    one, other = found.solutions[0], found.solutions[1]
    differ = {k: v for k, v in one.facts.items() if other.facts.get(k) != v}
    if not differ:
        return f"it can be read by {one.model.where} and by {other.model.where}"
    return "it can be read in several ways" + _describe_asked(differ)


def _describe_asked(facts: Iterable[str]) -> str:
    """The first of some facts, as the options that tell them."""
    told = ", ".join(f"--set '{key}=...'" for key in islice(facts, _ASKED))
    return f": tell {told}" if told else ""
