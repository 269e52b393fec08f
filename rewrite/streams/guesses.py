# SPDX-License-Identifier: GPL-2.0-or-later
"""What a walk does where the model leaves open how to go on: it goes each way that may fit.

A way takes one answer for granted and comes to the same node again. Ways that can come out nowhere are
left at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ..errors import MisfitError
from ..schema.expression import Constant, Earlier, Expression, Fact, Unread
from ..schema.model import Branch, Call, Choice, Node, Value
from ..schema.spelling import spell_expression
from .data import Data
from .evaluate import evaluate_expression, find_unknown, list_atoms
from .hints import Hints
from .landing import SectionPlaces, Sizer, Sizes
from .models import Models
from .questions import LONG, given_value, make_held_fact, which_table
from .state import WayState

MOST_TRIED = 1024
"""A count or a size that nothing tells is tried up to this, and is larger only where what follows leaves
no other: any bytes can be read as many elements, of a damaged stream too."""

_TRIED_FOR_ROUNDING = 34
"""With so many numbers it is seen whether an expression rounds them, to words at most."""


@dataclass(frozen=True)
class Guesses:
    """What is known of a section beside its model, and what may be tried.

    `end` is where the section ends, None where that is not known. `boundary` finds the next place where
    a section may end, for what has no size; `accepts` tells whether it may end at one.
    """

    data: Data
    models: Models
    end: int | None
    boundary: Callable[[int], int | None]
    accepts: Callable[[int], bool]
    hints: Hints
    sizer: Sizer
    places: SectionPlaces | None = None
    """Where a way may come out, None where each is followed to its end."""

    guards: bool = True
    """Whether no field may go over the head of a subsection."""

    prunes: bool = True
    """Whether a way is left before the place that does not fit, which then is not told."""

    @property
    def limit(self) -> int:
        """No byte from here on is of the section."""
        return len(self.data) if self.end is None else self.end

    def decide(
        self, state: WayState, node: object, condition: Expression
    ) -> bool | Iterator[WayState]:
        """Whether a condition holds, or the ways to go on, each of which comes to `node` again."""
        truth = state.truth(condition)
        if truth is not None:
            return truth
        part = find_unknown(condition, state.truth)
        assert part is not None
        asked = (a for a in list_atoms(part) if isinstance(a, Fact) and state.lookup(a) is None)
        of_class = next((fact for fact in asked if self.models.find_setups(fact.owner)), None)
        if of_class is not None and of_class.owner in state.classes:
            if not state.assume(
                of_class, given_value(state.classes[of_class.owner], of_class), truth=False
            ):
                raise MisfitError(
                    state.pos, f"{spell_expression(of_class)} is not what its class says"
                )
            return self.decide(state, node, condition)
        self._must_land(state, node)
        if of_class is not None:
            return self._asked_class(state, node, of_class)
        return self._try_truths(state, node, part)

    def by_marker(self, state: WayState, node: Branch) -> Iterator[WayState] | None:
        """The ways to go on where one side of a branch is a constant alone, such as that of a null
        pointer; None of another branch. The other side is the likelier only where that is not there.
        """
        sides = ((1, node.then), (0, node.otherwise))
        marks = [(truth, mark) for truth, side in sides if (mark := _mark(side)) is not None]
        if len(marks) != 1:
            return None
        ((truth, mark),) = marks
        there = self.data[state.pos : state.pos + len(mark)] == mark
        return self._marked(state, node, truth, there)

    def _marked(self, state: WayState, node: Branch, truth: int, there: bool) -> Iterator[WayState]:
        for value in (truth, 1 - truth) if there else (1 - truth,):
            made = state.copy()
            made.push([node])
            made.fallback = there and value != truth
            if made.assume(node.condition, value, truth=True):
                yield made

    def _try_truths(self, state: WayState, node: object, part: Expression) -> Iterator[WayState]:
        for value in (1, 0):
            made = state.copy()
            made.push([node])
            if made.assume(part, value, truth=True):
                yield made

    def _asked_class(self, state: WayState, node: object, fact: Fact) -> Iterator[WayState]:
        """The ways to go on with what each class gives the member that a fact is."""
        for made in self._of_classes(state, fact.owner):
            made.push([node])
            if made.assume(fact, given_value(made.classes[fact.owner], fact), truth=False):
                yield made

    def _of_classes(self, state: WayState, owner: str) -> Iterator[WayState]:
        """The state by each that may make a class: by one, once it is known which.

        What is written in the section's own file is the likelier.
        """
        setups, file = self.models.find_setups(owner), state.frames[0].file
        near = [setup for setup in setups if setup.place.path == file]
        setups = (*near, *(setup for setup in setups if setup not in near))
        for setup in [state.classes[owner]] if owner in state.classes else setups:
            made = state.copy()
            made.classes = state.classes | {owner: setup}
            made.fallback = setup not in (near or setups)
            yield made

    def options(self, state: WayState, node: Choice) -> Iterator[WayState]:
        """The ways to go on with each that a pointer may hold."""
        for made in self._of_classes(state, node.owner):
            label = dict(made.classes[node.owner].members).get(node.member)
            made.push([node])
            if label in node.labels and made.assume(make_held_fact(node, label), 1, truth=True):
                yield made
        if not self.models.find_setups(node.owner):
            for label in node.labels:
                made = state.copy()
                made.push([node])
                if made.assume(make_held_fact(node, label), 1, truth=True):
                    yield made

    def widths(self, state: WayState, node: Value) -> Iterator[WayState]:
        """The ways to go on with each size of the target's `target_ulong`."""
        for size in (8, 4):
            made = state.copy()
            made.push([node])
            if made.assume(LONG, size, truth=False):
                yield made

    def each(self, state: WayState, node: Call, count: int) -> Iterator[WayState]:
        """The ways to go on with each of the tables that a symbol may mean."""
        for index in range(count):
            made = state.copy()
            made.push([node])
            if made.assume(which_table(node.symbol, state.frame.file), index, truth=False):
                yield made

    def may_grow(self, state: WayState, count: Expression, size: int | None) -> bool:
        """Whether a row whose length nothing tells is best read element by element.

        So it is unless the length of each element, and where it ends, tell how many there are.
        """
        named = any(isinstance(atom, Earlier) for atom in list_atoms(count))
        if named or self._find_asked(state, count) is not count:
            return False  # what an element holds may have the name, and be taken for the count
        return size is None or self.places is None or self._measure_ahead(state) is None

    @staticmethod
    def _find_asked(state: WayState, expression: Expression) -> Expression:
        """What is to be tried of an expression: its first part that is not known, if that tells it."""
        first = next((a for a in list_atoms(expression) if state.lookup(a) is None), expression)
        return first if _tells_part(state, expression, first) else expression

    def numbers(
        self, state: WayState, node: object, expression: Expression, size: int | None
    ) -> Iterator[WayState]:
        """The ways to go on with each number that an expression may be, of things of that size.

        What is tried is the first thing in it that is not known: `n * 16` has a sixteenth of the
        values that a number has, and `n` is asked for again.
        """
        asked = self._find_asked(state, expression)
        for number in self._list_candidates(state, expression, asked, size):
            made = state.copy()
            made.push([node])
            if made.assume(asked, number, truth=False):
                yield made

    def _list_candidates(
        self, state: WayState, expression: Expression, asked: Expression, size: int | None
    ) -> Iterable[int]:
        """The numbers that what is asked for may be, for things of a size of which there are as many
        as the expression says."""
        left = self.limit - state.pos
        rest = self._measure_ahead(state) if size and self.places is not None else None
        if asked is not expression or not size:
            tried: Iterable[int] = range(min(left, MOST_TRIED) + 1)
        elif rest is not None and self.places is not None:
            gaps = self.places.distances(state.pos, rest)
            fit = sorted(gap // size for gap in gaps if gap % size == 0)
            alone = len(rest.whole) == 1 and not rest.begins
            return fit if alone else [number for number in fit if number <= MOST_TRIED]
        else:
            return range(min(left // size, MOST_TRIED) + 1)
        if not size or isinstance(asked, Unread):
            return tried
        return self._list_fitting(state, expression, asked, size, rest, tried)

    def _list_fitting(
        self, state: WayState, expression: Expression, asked: Expression, size: int,
        rest: Sizes | None, tried: Iterable[int],
    ) -> Iterator[int]:  # fmt: skip
        """Those of some numbers with which as many things fit as the expression says."""
        left, allowed = self.limit - state.pos, None
        if rest is not None and self.places is not None:
            allowed = self.places.distances(state.pos, rest)
        for number in tried:
            count = _evaluate_with(state, expression, asked, number)
            if count is None or count * size in (range(left + 1) if allowed is None else allowed):
                yield number

    def _measure_ahead(self, state: WayState, *nodes: object) -> Sizes | None:
        """How many bytes may come from some nodes on; None where that can't be told."""
        chain = state.todo
        for node in reversed(nodes):
            chain = (node, chain)
        return self.sizer.ahead(chain, [frame.file for frame in state.frames])

    def _must_land(self, state: WayState, node: object) -> None:
        """Leave a way that can come out nowhere, whatever is answered to what `node` asks."""
        ahead = self._measure_ahead(state, node) if self.places is not None else None
        if self.places is None or ahead is None or self.places.fit(state.pos, ahead):
            return
        raise MisfitError(state.pos, "what follows does not end where the section does")


def _mark(side: tuple[Node, ...]) -> bytes | None:
    """The bytes of a constant that is all of one side of a branch."""
    match side:
        case (Value(wire=wire, constant=Constant(number)),) if wire.size:
            return (number & ((1 << 8 * wire.size) - 1)).to_bytes(wire.size, "big")
    return None


def _evaluate_with(
    state: WayState, expression: Expression, asked: Expression, number: int
) -> int | None:
    """The value of an expression if what is asked for is a number."""
    return evaluate_expression(
        expression, lambda atom: number if atom == asked else state.lookup(atom)
    )


def _tells_part(state: WayState, expression: Expression, asked: Expression) -> bool:
    """Whether the value of an expression tells that of its part: not so where it is rounded."""
    found = [
        _evaluate_with(state, expression, asked, number) for number in range(_TRIED_FOR_ROUNDING)
    ]
    return len(set(found)) == len(found)
