# SPDX-License-Identifier: GPL-2.0-or-later
"""What is met on the way through a section's bytes, in its order: values, and what they are in."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..schema.model import Buffer, Value


class Holds(enum.Enum):
    """What an opened part holds: fields by name, elements by number, or one element's fields."""

    FIELDS = "fields"
    ELEMENTS = "elements"
    ELEMENT = "element"
    SUBSECTION = "subsection"


@dataclass(frozen=True, slots=True)
class Opened:
    """A part begins. `name` is as in the model; `version` that of a subsection."""

    name: str
    holds: Holds
    start: int
    version: int = 0
    rooted: bool = False
    """Whether names inside of it begin anew, as those of another description do."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The part that was opened last ends."""

    end: int


@dataclass(frozen=True, slots=True)
class Read:
    """One number of `size` bytes, or `count` of them one after the other."""

    node: Value
    start: int
    size: int
    count: int | None = None

    @property
    def end(self) -> int:
        """The offset after it."""
        return self.start + self.size * (1 if self.count is None else self.count)


@dataclass(frozen=True, slots=True)
class Copied:
    """Bytes of a buffer."""

    node: Buffer
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class UnreadBytes:
    """Bytes that could not be told apart, and why."""

    text: str
    reason: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class RepeatedElements:
    """The elements of a row from the second on, each like the first, of which `first` are the events."""

    first: tuple[Opened | Closed | Read | Copied, ...]
    width: int
    count: int

    def expanded(self) -> Iterator[Opened | Closed | Read | Copied]:
        """The events of all of them."""
        opened = self.first[0]
        assert isinstance(opened, Opened)
        for index in range(1, self.count):
            by = index * self.width
            yield _open_renamed(opened, str(index), by)
            yield from (_move_event(event, by) for event in self.first[1:])


def _move_event(event: Opened | Closed | Read | Copied, by: int) -> Opened | Closed | Read | Copied:
    if isinstance(event, Closed):
        return Closed(event.end + by)
    if isinstance(event, Copied):
        return Copied(event.node, event.start + by, event.end + by)
    if isinstance(event, Read):
        return Read(event.node, event.start + by, event.size, event.count)
    return _open_renamed(event, event.name, by)


def _open_renamed(event: Opened, name: str, by: int) -> Opened:
    return Opened(name, event.holds, event.start + by, event.version, event.rooted)


Leaf = Read | Copied | UnreadBytes
Event = Opened | Closed | Leaf
"""What is met."""

Kept = Event | RepeatedElements
"""What a search keeps of it."""


def expand_events(events: Iterable[Kept]) -> tuple[Event, ...]:
    """The events with all repeated ones in their places."""
    found: list[Event] = []
    for event in events:
        if isinstance(event, RepeatedElements):
            found.extend(event.expanded())
        else:
            found.append(event)
    return tuple(found)
