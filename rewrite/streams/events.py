# SPDX-License-Identifier: GPL-2.0-or-later
"""What is met on the way through a section's bytes, in its order: values, and what they are in."""

from __future__ import annotations

import enum
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
class Unread:
    """Bytes that could not be told apart, and why."""

    text: str
    reason: str
    start: int
    end: int


Leaf = Read | Copied | Unread
Event = Opened | Closed | Leaf
