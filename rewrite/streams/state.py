# SPDX-License-Identifier: GPL-2.0-or-later
"""One way through a section's bytes: where it is, what is still to come, what it took for granted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..schema.expression import (
    Configured,
    Constant,
    Earlier,
    Expression,
    Fact,
    Operation,
    Unread,
    Version,
)
from ..schema.model import ClassSetup
from ..schema.spelling import spell_expression
from .evaluate import (
    RELATIONS,
    Atom,
    evaluate_expression,
    list_atoms,
    list_constants,
    settled_parts,
)
from .events import Closed, Holds, Kept, Opened
from .tree import relative_name

Chain = tuple[object, "Chain"] | None
"""A list that grows at its front and shares its tail with all copies."""


@dataclass(frozen=True)
class Assumed:
    """What was taken for granted of an expression: its value, or (`truth`) only whether it is 0."""

    expression: Expression
    value: int
    truth: bool
    path: str
    about: frozenset[Atom]
    """All that the expression looks up."""


@dataclass
class DescriptionFrame:
    """The description that is read: its version, the values so far, and its object's path."""

    path: str
    version: int
    file: str
    values: dict[str, int]
    members: dict[str, int] = field(default_factory=dict)
    """The values that are no array's, by where the members are declared ("path:line")."""

    table: str = ""
    """The symbol of the description, empty for code."""

    code: bool = False
    """Whether functions of its own read what is read now, which a stream's description tells nothing
    of."""

    def copy(self) -> DescriptionFrame:
        """The same with values of its own."""
        return replace(self, values=dict(self.values), members=dict(self.members))


def fact_key(path: str, text: str) -> str:
    """How a fact is named in what a person writes and reads: its place, a point, and its text."""
    return f"{path}.{text}" if path else text


def with_indices(text: str, path: Iterable[str]) -> str:
    """A question about an element, with its index: `css[]` is `css[3]` in the element of that number."""
    count = text.count("[]")
    if not count:
        return text
    indices = [part for part in path if part.startswith("[")][-count:]
    for index in indices if len(indices) == count else ():
        text = text.replace("[]", index, 1)
    return text


def joined_path(parts: Iterable[str]) -> str:
    """The path of a part, by the names of all that it is in: "vq[0].ring"."""
    return ".".join(part for part in parts if part).replace(".[", "[")


class WayState:
    """Where one way is. A copy goes its own way and shares what can't change."""

    __slots__ = (
        "assumed",
        "classes",
        "fallback",
        "frames",
        "inside",
        "out",
        "path",
        "pos",
        "settings",
        "todo",
    )

    def __init__(self, pos: int, frame: DescriptionFrame, settings: Mapping[str, int]) -> None:
        self.pos = pos
        self.frames = [frame]
        self.settings = settings
        self.assumed: dict[str, Assumed] = {}
        self.todo: Chain = None
        self.out: tuple[Kept, Any] | None = None
        self.path: tuple[str, ...] = ()
        self.inside: tuple[str, ...] = ()
        """The same of the objects: functions of a field and subsections have that of their table."""
        self.classes: dict[str, ClassSetup] = {}
        """What makes the classes of the device, by their C types."""

        self.fallback = False
        """Whether it, and what follows it in its fork, is only tried where no other way fits at all."""

    def copy(self) -> WayState:
        """The same state, to go on in another way."""
        made = WayState.__new__(WayState)
        made.pos, made.settings, made.todo, made.out = self.pos, self.settings, self.todo, self.out
        made.frames = [frame.copy() for frame in self.frames]
        made.assumed, made.path, made.inside = dict(self.assumed), self.path, self.inside
        made.fallback, made.classes = False, self.classes
        return made

    @property
    def frame(self) -> DescriptionFrame:
        """The description that is being read."""
        return self.frames[-1]

    # -- what is to come, and what came -------------------------------------------------------

    def push(self, tasks: Iterable[object]) -> None:
        """Put tasks in front of what is still to come."""
        for task in reversed(tuple(tasks)):
            self.todo = (task, self.todo)

    def emit(self, event: Kept) -> None:
        """Add to what came."""
        self.out = (event, self.out)

    def open(
        self, name: str, holds: Holds, version: int = 0, rooted: bool = False,
        member: str | None = None,
    ) -> None:  # fmt: skip
        """Begin a part; `member` is what it is of the object, where that is not called so."""
        self.emit(Opened(name, holds, self.pos, version, rooted))
        shown = f"[{name}]" if holds is Holds.ELEMENT else name
        self.path = (*self.path, shown)
        self.inside = (*self.inside, shown if member is None else member)

    def close(self) -> None:
        """End the part that was begun last."""
        self.emit(Closed(self.pos))
        self.path, self.inside = self.path[:-1], self.inside[:-1]

    def events(self) -> list[Kept]:
        """All that came, in its order."""
        found: list[Kept] = []
        chain = self.out
        while chain is not None:
            found.append(chain[0])
            chain = chain[1]
        return found[::-1]

    def last_element(self, start: int) -> tuple[Any, ...]:
        """The events of the element of a row that has just ended, and began at `start`."""
        found: list[Kept] = []
        chain = self.out
        while chain is not None:
            event = chain[0]
            found.append(event)
            if isinstance(event, Opened) and event.holds is Holds.ELEMENT and event.start == start:
                break
            chain = chain[1]
        return tuple(found[::-1])

    def place(self, name: str = "") -> str:
        """The path of the part that is being read, without what its names repeat of those before.

        `name` is that of a value in it.
        """
        parts: list[str] = []
        prefix = ""
        for part in (*self.path, name):
            parts.append(relative_name(part, prefix))
            prefix = prefix if part.startswith("[") else part or prefix
        return joined_path(parts)

    # -- what is known ------------------------------------------------------------------------

    def _read(self, atom: Atom) -> int | None:
        """The value of an atom that the stream itself has, None for a fact of the device."""
        frame = self.frame
        if isinstance(atom, Version):
            return frame.version
        return frame.values.get(atom.name) if isinstance(atom, Earlier) else None

    def lookup(self, atom: Atom) -> int | None:
        """The value of an atom, None where it is not known."""
        value = self._read(atom)
        if value is None:
            value = self._told_value(atom, truth=False)
        if value is None and isinstance(atom, Fact):
            # A member that was read before has the value that it was saved with.
            return self.frame.values.get(atom.name, self._of_parent(atom))
        return atom.usual if value is None and isinstance(atom, Unread) else value

    def _of_parent(self, atom: Fact) -> int | None:
        """The value that was read of a member which the same object has from its parent's type."""
        near = (f for f in reversed(self.frames) if f.path == self.frame.path)
        found = (frame.members.get(atom.declared) for frame in near if atom.declared)
        return next((value for value in found if value is not None), None)

    def _key_of(self, expression: Expression) -> str:
        path = "" if isinstance(expression, Configured) else self.frame.path
        return fact_key(path, with_indices(spell_expression(expression), self.path))

    def _told_value(self, expression: Expression, truth: bool) -> int | None:
        """What was assumed of an expression, or told by the user."""
        if not self.assumed and not self.settings:
            return None
        expression = settled_parts(expression, self._read)
        key = self._key_of(expression)
        found = self.assumed.get(key)
        if found is not None and (truth or not found.truth):
            return found.value
        if key in self.settings:
            return self.settings[key]
        return self.settings.get(spell_expression(expression))

    def number(self, expression: Expression) -> int | None:
        """The value of an expression, None where it is not known."""
        return evaluate_expression(expression, self.lookup, self._told_value)

    def truth(self, expression: Expression) -> bool | None:
        """Whether an expression holds, None where it is not known."""
        value = evaluate_expression(expression, self.lookup, self._told_value, truth=True)
        return None if value is None else value != 0

    def assume(self, expression: Expression, value: int, truth: bool) -> bool:
        """Take something for granted; False where it contradicts what was before."""
        expression = settled_parts(expression, self._read)
        made = Assumed(expression, value, truth, self.frame.path, frozenset(list_atoms(expression)))
        key = self._key_of(expression)
        before = self.assumed.get(key)
        if before is not None and before.truth and (before.value != 0) != (value != 0):
            return False
        self.assumed[key] = made
        return self._is_consistent(made)

    def _is_consistent(self, made: Assumed) -> bool:
        """Whether all that is assumed of the same things agrees with the newest of it."""
        path, about = made.path, made.about
        told = [
            one
            for one in self.assumed.values()
            if one.path == path and (one is made or not about.isdisjoint(one.about))
        ]
        return all(self._agrees_with(one) for one in told) and _is_possible(told)

    def _agrees_with(self, one: Assumed) -> bool:
        """Whether an assumption about an operation agrees with what is known of its operands."""
        if not isinstance(one.expression, Operation):
            return True
        value = evaluate_expression(
            one.expression, lambda atom: self._told_value(atom, truth=False)
        )
        if value is None:
            return True
        return (value != 0) == (one.value != 0) if one.truth else value == one.value


def _is_possible(told: list[Assumed]) -> bool:
    """Whether some value of each atom fits all comparisons of it alone that were assumed."""
    about: dict[Atom, list[Assumed]] = {}
    for one in told:
        if one.truth and len(one.about) == 1 and isinstance(one.expression, Operation):
            about.setdefault(next(iter(one.about)), []).append(one)
    return all(len(some) < 2 or _fits_one(atom, some) for atom, some in about.items())


def _fits_one(atom: Atom, some: list[Assumed]) -> bool:
    if not all(_is_comparison(one.expression) for one in some):
        return True
    return any(
        all(_assumption_holds(one, atom, value) for one in some) for value in _trial_values(some)
    )


def _is_comparison(expression: Expression) -> bool:
    """Whether it compares the bare atom with a constant, so that few values stand for all."""
    if not isinstance(expression, Operation) or expression.operator not in RELATIONS:
        return False
    kinds = (Fact, Earlier, Unread, Version, Configured, Constant)
    return all(isinstance(operand, kinds) for operand in expression.operands)


def _trial_values(some: list[Assumed]) -> Iterator[int]:
    for one in some:
        for number in list_constants(one.expression):
            yield from (number - 1, number, number + 1)


def _assumption_holds(one: Assumed, atom: Atom, value: int) -> bool:
    found = evaluate_expression(one.expression, lambda asked: value if asked == atom else None)
    return found is None or (found != 0) == (one.value != 0)
