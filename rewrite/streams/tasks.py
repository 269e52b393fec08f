# SPDX-License-Identifier: GPL-2.0-or-later
"""What is still to come on a way through a section, beside the nodes of the model themselves."""

from __future__ import annotations

from dataclasses import dataclass

from ..schema.expression import Expression
from ..schema.model import Description, Loop, Node


@dataclass(frozen=True)
class FieldBegins:
    """A field begins; `member` is what it is of the table's object, empty for all of that."""

    name: str
    member: str


@dataclass(frozen=True)
class Close:
    """The part that was opened last ends."""


@dataclass(frozen=True)
class Unmoved:
    """What came since an offset must have taken no byte, for another field begins there."""

    offset: int
    name: str


@dataclass(frozen=True)
class LeaveFrame:
    """A description ends."""


@dataclass(frozen=True)
class Elements:
    """A row of equal parts."""

    name: str
    body: tuple[Node, ...]
    count: Expression


@dataclass(frozen=True)
class NextElement:
    """The element of a row that is next."""

    name: str
    body: tuple[Node, ...]
    index: int
    count: int
    plain: bool = False
    """Whether all elements are like the first, whatever they hold."""

    start: int = 0
    """Where the element before begins."""


@dataclass(frozen=True)
class More:
    """The element of a row that is next, if there is one: nothing tells how many there are."""

    row: Elements
    index: int


@dataclass(frozen=True)
class LoopCondition:
    """A round of a loop with a condition; `asked` where its head has been read."""

    loop: Loop
    index: int
    asked: bool = False


@dataclass(frozen=True)
class Fields:
    """The fields of a table from one on."""

    description: Description
    index: int


@dataclass(frozen=True)
class Subsections:
    """The end of a table, where its subsections are."""

    description: Description
