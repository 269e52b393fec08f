# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads a section's bytes by its model, one step at a time, and forks where the model leaves open.

A state holds what is still to come; `Machine.step` takes the next of it. What can't be is a Misfit,
and what isn't known gives several states, each with one answer taken for granted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..errors import MisfitError
from ..schema.expression import ONE, Constant, Fact
from ..schema.model import (
    Branch,
    Buffer,
    Call,
    Check,
    Choice,
    Description,
    Field,
    Loop,
    Opaque,
    Value,
    Wire,
)
from ..schema.spelling import spell_expression
from .capabilities import told_by
from .events import Copied, Holds, Kept, Read, RepeatedElements, UnreadBytes
from .framing import subsection_at
from .guesses import MOST_TRIED, Guesses
from .questions import (
    LONG,
    is_code,
    is_member,
    is_plain,
    make_held_fact,
    member_of,
    signed_value,
    which_table,
)
from .sizes import fixed_size, tail_size, takes_bytes
from .state import DescriptionFrame, WayState, joined_path
from .tasks import (
    Close,
    Elements,
    FieldBegins,
    Fields,
    LeaveFrame,
    LoopCondition,
    More,
    NextElement,
    Subsections,
    Unmoved,
)
from .tree import relative_name

_FEW = 4
"""So many elements are not worth to be read at once."""

_CUTS = "the stream's description has a field that begins here"


Forks = Iterator[WayState] | None


@dataclass(frozen=True)
class Machine(Guesses):
    """The rules of the walk."""

    def step(self, state: WayState) -> Forks:
        """Do the next that is to come; raises MisfitError. Gives the ways to go on if there are some."""
        assert state.todo is not None
        task, state.todo = state.todo
        return _STEPS[type(task)](self, state, task)

    # -- bytes --------------------------------------------------------------------------------

    def _need_room(self, state: WayState, size: int, what: str, name: str = "") -> None:
        if size < 0 or state.pos + size > self.limit:
            left = self.limit - state.pos
            raise MisfitError(state.pos, f"{what} {size} bytes, and {left} are left", name)

    def _hold_apart(self, start: int, end: int) -> None:
        """No field goes over the head of a subsection that is there, for its name is no chance."""
        crossed = self.places.crossed(start, end) if self.places and self.guards else None
        if crossed is not None:
            raise MisfitError(crossed, "a subsection begins here")

    def _emit_sized(self, state: WayState, event: Read) -> None:
        self._hold_apart(event.start, event.end)
        for inner in self.hints.inside(event.start, event.end):
            if (inner - event.start) % event.size:
                raise MisfitError(inner, _CUTS)
        state.emit(event)
        state.pos = event.end

    def read_value(self, state: WayState, node: Value) -> Forks:
        """Read one number, which must be the constant that is always sent where it is one."""
        size = self._find_width(state, node)
        if size is None:
            return self.widths(state, node)
        self._need_room(state, size, f"{node.wire.value} takes", node.name)
        raw = int.from_bytes(self.data[state.pos : state.pos + size], "big")
        wanted = None if node.constant is None else state.number(node.constant)
        if wanted is not None and (raw - wanted) & ((1 << 8 * size) - 1):
            reason = f"0x{raw:x} is not 0x{wanted & (1 << 8 * size) - 1:x}"
            raise MisfitError(state.pos, reason, node.name)
        number = signed_value(raw, size) if node.signed else raw
        state.frame.values[node.name] = number
        if is_member(node):
            state.frame.members[str(node.declared)] = number
        self._emit_sized(state, Read(node, state.pos, size))
        return None

    def _find_width(self, state: WayState, node: Value) -> int | None:
        return state.number(LONG) if node.wire is Wire.TARGET_LONG else node.wire.size

    def read_buffer(self, state: WayState, node: Buffer) -> Forks:
        """Take the bytes of a buffer."""
        size = state.number(node.size)
        if size is None:
            return self.numbers(state, node, node.size, 1)
        self._need_room(state, size, "a buffer takes", node.name)
        self._hold_apart(state.pos, state.pos + size)
        for inner in self.hints.inside(state.pos, state.pos + size):
            raise MisfitError(inner, _CUTS)
        state.emit(Copied(node, state.pos, state.pos + size))
        for told in self.models.find_capabilities(state.frame.table, node.name):
            space = bytes(self.data[state.pos : state.pos + size])
            for fact, value in told_by(space, told).items():
                if not state.assume(fact, value, truth=not isinstance(fact, Fact)):
                    raise MisfitError(state.pos, f"{spell_expression(fact)} is not {value}")
        state.pos += size
        return None

    # -- control ------------------------------------------------------------------------------

    def take_branch(self, state: WayState, node: Branch) -> Forks:
        """Go the way that the condition tells."""
        if node.then == node.otherwise:
            state.push(node.then)
            return None
        if state.truth(node.condition) is None and not takes_bytes(node):
            return None
        if isinstance(node.condition, Fact) and state.truth(node.condition) is None:
            marked = self.by_marker(state, node)
            if marked is not None:
                return marked
        truth = self.decide(state, node, node.condition)
        if not isinstance(truth, bool):
            return truth
        state.push(node.then if truth else node.otherwise)
        return None

    def take_choice(self, state: WayState, node: Choice) -> Forks:
        """Go by what a pointer holds, as the class that it is of has it."""
        for label, option in zip(node.labels, node.options, strict=False):
            if state.truth(make_held_fact(node, label)):
                state.push(option)
                return None
        return self.options(state, node)

    def check(self, state: WayState, node: Check) -> Forks:
        """What a load refuses is no section that was saved; what isn't known is not asked."""
        if state.truth(node.condition) is False:
            text = spell_expression(node.condition)
            raise MisfitError(state.pos, f"a load fails here, for it needs {text}")
        return None

    def begin_loop(self, state: WayState, node: Loop) -> Forks:
        """Begin a loop; a row of plain numbers is read at once."""
        if node.condition is not None:
            state.open(node.name, Holds.ELEMENTS)
            state.push([LoopCondition(node, 0), Close()])
            return None
        return self.read_elements(state, Elements(node.name, node.body, node.count or ONE))

    def read_elements(self, state: WayState, task: Elements) -> Forks:
        """Begin a row of equal parts."""
        count = state.number(task.count)
        if count is None:
            size = self.sizer.size(task.body, state.frame.file)
            if self.may_grow(state, task.count, size):
                state.open(task.name, Holds.ELEMENTS)
                state.push([More(task, 0), Close()])
                return None
            return self.numbers(state, task, task.count, size)
        if self.prunes:
            least = count * self.sizer.least(task.body, state.frame.file)
            self._need_room(state, max(least, 0), f"{count} elements take")
        if len(task.body) == 1 and isinstance(task.body[0], Value) and count > 0:
            done = self._read_row(state, task, task.body[0], count)
            if done:
                return None
        state.open(task.name, Holds.ELEMENTS)
        plain = count > _FEW and is_plain(self.models, state.frame.file, task.body)
        state.push([NextElement(task.name, task.body, 0, max(count, 0), plain), Close()])
        return None

    def _read_row(self, state: WayState, task: Elements, node: Value, count: int) -> bool:
        size = self._find_width(state, node)
        if node.constant is not None or size is None or relative_name(node.name, task.name):
            return False
        state.open(task.name, Holds.ELEMENTS)
        self._need_room(state, size * count, f"{count} numbers take")
        self._emit_sized(state, Read(node, state.pos, size, count))
        last = int.from_bytes(self.data[state.pos - size : state.pos], "big")
        state.frame.values[node.name] = signed_value(last, size) if node.signed else last
        state.close()
        return True

    def read_round(self, state: WayState, task: NextElement) -> Forks:
        """One round of a loop whose number of rounds is known."""
        if task.plain and task.index == 1:
            self._read_rest(state, task)
        elif task.index < task.count:
            state.open(str(task.index), Holds.ELEMENT)
            again = replace(task, index=task.index + 1, start=state.pos)
            state.push([*task.body, Close(), again])
        return None

    def more(self, state: WayState, task: More) -> Iterator[WayState]:
        """The end of a row that nothing tells the length of, or one more element.

        What the elements hold tells nothing of their number, though a value of them may have its name.
        """
        ended = state.copy()
        if ended.assume(task.row.count, task.index, truth=False):
            yield ended
        made = state.copy()
        least = self.sizer.least(task.row.body, state.frame.file)
        if task.index < MOST_TRIED and made.pos + least <= self.limit:
            made.open(str(task.index), Holds.ELEMENT)
            made.push([*task.row.body, Close(), More(task.row, task.index + 1)])
            yield made

    def _read_rest(self, state: WayState, task: NextElement) -> None:
        """Read all elements after the first at once."""
        width = state.pos - task.start
        first = state.last_element(task.start)
        if task.start + width * task.count > self.limit:
            took = f"{task.count} elements take {width * task.count} bytes"
            raise MisfitError(state.pos, f"{took}, and {self.limit - task.start} are left")
        begins = {at - task.start for event in first for at in _begins(event)} | {0}
        end = state.pos + width * (task.count - 1)
        self._hold_apart(state.pos, end)
        for begin in range(state.pos, end, width):
            if not self.hints.alike(task.start, begin):
                raise MisfitError(begin, f"the stream's description has no {task.name} here")
        for inner in self.hints.inside(state.pos, end):
            if (inner - task.start) % width not in begins:
                raise MisfitError(inner, _CUTS)
        state.emit(RepeatedElements(first, width, task.count))
        for event in first:
            if isinstance(event, Read) and event.node in task.body:
                at = event.start + width * (task.count - 1)
                raw = int.from_bytes(self.data[at : at + event.size], "big")
                number = signed_value(raw, event.size) if event.node.signed else raw
                state.frame.values[event.node.name] = number
        state.pos = end

    def test(self, state: WayState, task: LoopCondition) -> Forks:
        """One round of a loop that goes on while a condition holds, its head first."""
        loop = task.loop
        if loop.count is not None:
            count = state.number(loop.count)
            if count is not None and task.index >= count:
                return None
        if not task.asked:
            state.open(str(task.index), Holds.ELEMENT)
            state.push([*loop.head, LoopCondition(loop, task.index, True)])
            return None
        assert loop.condition is not None
        truth = self.decide(state, task, loop.condition)
        if not isinstance(truth, bool):
            return truth
        state.push(
            [*loop.body, Close(), LoopCondition(loop, task.index + 1)] if truth else [Close()]
        )
        return None

    def read_opaque(self, state: WayState, node: Opaque) -> Forks:
        """Pass over what is not understood, if it can be told how long it is."""
        size = None if node.size is None else state.number(node.size)
        if size is not None:
            self._need_room(state, size, f"{node.text} takes")
            self._pass_opaque(state, node, state.pos + size)
            return None
        end = self.limit if self.end is not None else self.boundary(state.pos)
        if end is None:
            raise MisfitError(state.pos, f"{node.text}: {node.reason}, and no end is seen")
        rest = tail_size(state.todo)
        if rest is None:
            self._pass_opaque(state, node, end)
            state.todo = None
            return None
        if rest > end - state.pos:
            raise MisfitError(state.pos, f"{rest} bytes are to come, {end - state.pos} are left")
        self._pass_opaque(state, node, end - rest)
        return None

    def _pass_opaque(self, state: WayState, node: Opaque, end: int) -> None:
        if end > state.pos:
            state.emit(UnreadBytes(node.text, node.reason, state.pos, end))
        state.pos = end

    # -- tables -------------------------------------------------------------------------------

    def call_table(self, state: WayState, node: Call) -> Forks:
        """Begin the description that a symbol stands for; there may be several."""
        found = self.models.find_descriptions(node.symbol, state.frame.file)
        if not found:
            reason = f"the schema has no description {node.symbol}"
            return self.read_opaque(state, Opaque(node.name or node.symbol, reason))
        version = None if node.version is None else state.number(node.version)
        if len(found) == 1:
            self.enter(state, found[0], node.name, version)
            return None
        which = state.number(which_table(node.symbol, state.frame.file))
        if which is not None and 0 <= which < len(found):
            self.enter(state, found[which], node.name, version)
            return None
        return self.each(state, node, len(found))

    def enter(
        self, state: WayState, description: Description, name: str, version: int | None
    ) -> None:
        """Put a description in front of what is to come."""
        state.open(name, Holds.FIELDS, rooted=True)
        self.begin(state, description, description.version_id if version is None else version)
        state.push([Fields(description, 0), Subsections(description), LeaveFrame()])

    def begin(self, state: WayState, description: Description, version: int) -> None:
        """A frame of its own for a description's values."""
        outer, file = state.frame, description.place.path
        path, symbol = joined_path(state.inside), description.symbol
        made = DescriptionFrame(path, version, file, {}, table=symbol, code=outer.code)
        state.frames.append(made)

    def read_fields(self, state: WayState, task: Fields) -> Forks:
        """The next field of a table, if it is there."""
        description = task.description
        if task.index == 0:
            self._check_acceptable(state, description)
        if description.opaque:
            return self.read_opaque(state, Opaque(description.symbol, description.opaque))
        if task.index >= len(description.fields):
            return None
        field = description.fields[task.index]
        if fixed_size(field.contents) == 0 or field.count == Constant(0):
            state.push([Fields(description, task.index + 1)])
            return None
        there = self._is_there(state, task, field)
        if not isinstance(there, bool):
            return there
        state.push([Fields(description, task.index + 1)])
        if there:
            outer = state.frames[-2].code if len(state.frames) > 1 else False
            state.frame.code = outer or is_code(field)
            if self.hints.begins(field.name, state.pos, outer) is False:
                if field.count == ONE and self.sizer.least(field.contents, state.frame.file):
                    reason = f"the stream's description has no field {field.name} here"
                    raise MisfitError(state.pos, reason)
                state.push([Unmoved(state.pos, field.name)])
            state.push(_of_field(field))
        return None

    def unmoved(self, state: WayState, task: Unmoved) -> Forks:
        """Hold a field to what the stream's description says of its place."""
        if state.pos != task.offset:
            reason = f"the stream's description has no field {task.name} here"
            raise MisfitError(task.offset, reason)
        return None

    def _check_acceptable(self, state: WayState, description: Description) -> None:
        version = state.frame.version
        if version > description.version_id:
            newest = description.version_id
            raise MisfitError(
                state.pos,
                f"version {version} of {description.name} is newer than the schema's {newest}",
            )
        if version < description.minimum_version_id:
            oldest = description.minimum_version_id
            raise MisfitError(
                state.pos,
                f"version {version} of {description.name} is older than the oldest, {oldest}",
            )

    def _is_there(self, state: WayState, task: Fields, field: Field) -> bool | Iterator[WayState]:
        """Whether a field is in the stream (`vmstate_field_exists` of QEMU's migration/vmstate.c)."""
        if not field.exists:
            return field.version_id <= state.frame.version
        there = field.test or Fact(field.exists)
        outer = state.frames[-2].code if len(state.frames) > 1 else False
        told = self.hints.begins(field.name, state.pos, outer)
        if field.test is None and told is not None and state.truth(there) is None:
            state.assume(there, int(told), truth=True)
        return self.decide(state, task, there)

    def read_subsections(self, state: WayState, task: Subsections) -> Forks:
        """What begins like a subsection here is one if the description has it.

        QEMU tells by the name alone (`vmstate_subsection_load`). Only where nothing fits so, it is a
        field whose bytes happen to be those.
        """
        known = task.description.subsections
        found = subsection_at(self.data, state.pos) if known else None
        if found is None or found[2] > self.limit:
            return None
        name, version, body = found
        tables = {
            d: None for s in known for d in self.models.find_descriptions(s, state.frame.file)
        }
        meant = [table for table in tables if table.name == name]
        return self._with_and_without(state, task, meant, version, body) if meant else None

    def _with_and_without(
        self, state: WayState, task: Subsections, meant: list[Description], version: int, body: int
    ) -> Iterator[WayState]:
        for table in meant:
            made = state.copy()
            made.open(table.name, Holds.SUBSECTION, version, rooted=True, member="")
            made.pos = body
            self.begin(made, table, version)
            made.push([Fields(table, 0), Subsections(table), LeaveFrame(), task])
            yield made
        state.fallback = True
        yield state

    def open(self, state: WayState, task: FieldBegins) -> Forks:
        """Begin a field."""
        state.open(task.name, Holds.FIELDS, member=task.member)
        return None

    def close(self, state: WayState, _task: Close) -> Forks:
        """End a part."""
        state.close()
        return None

    def leave(self, state: WayState, _task: LeaveFrame) -> Forks:
        """End a description."""
        state.frames.pop()
        state.close()
        return None


def _begins(event: Kept) -> Iterable[int]:
    """Where the numbers of an event begin, or its buffer."""
    if isinstance(event, Read):
        return range(event.start, event.end, event.size)
    return (event.start,) if isinstance(event, Copied) else ()


def _of_field(field: Field) -> list[Any]:
    """What a field puts on the wire: one element as it is, or a row of them."""
    if field.count == ONE:
        return [FieldBegins(field.name, member_of(field)), *field.contents, Close()]
    return [Elements(field.name, field.contents, field.count)]


_STEPS: dict[type, Callable[[Machine, WayState, Any], Forks]] = {
    Value: Machine.read_value,
    Buffer: Machine.read_buffer,
    Loop: Machine.begin_loop,
    Branch: Machine.take_branch,
    Check: Machine.check,
    Choice: Machine.take_choice,
    Call: Machine.call_table,
    Opaque: Machine.read_opaque,
    FieldBegins: Machine.open,
    Close: Machine.close,
    LeaveFrame: Machine.leave,
    Elements: Machine.read_elements,
    NextElement: Machine.read_round,
    More: Machine.more,
    LoopCondition: Machine.test,
    Fields: Machine.read_fields,
    Subsections: Machine.read_subsections,
    Unmoved: Machine.unmoved,
}
