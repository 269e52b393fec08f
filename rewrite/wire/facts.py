# SPDX-License-Identifier: GPL-2.0-or-later
"""The facts that the wire check is told: primitives, visits and the dialect, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..terms import ARGUMENTS, Direction, Operand

BUFFER = "buffer"  # the wire type of a primitive or visit that carries bytes and a size


@dataclass(frozen=True)
class WirePrimitive:
    """One QEMUFile primitive.

    `wire` names what travels ("byte", "be16", "be32", "be64", "target_long", "buffer"), `operand`
    how the operand gets there, `c_type` the type of a temporary or compound literal that stands for
    it ("uint16_t"), `returns` the getter's return type, empty for what returns nothing.
    """

    name: str
    direction: Direction
    wire: str
    operand: Operand
    c_type: str = ""
    returns: str = ""

    @property
    def arguments(self) -> int:
        """How many arguments a call has, the stream included."""
        return ARGUMENTS[self.operand]


@dataclass(frozen=True)
class WireVisit:
    """One visit as its dialect spells it, the wire type it carries and the object type it takes."""

    name: str
    wire: str
    c_type: str


@dataclass(frozen=True)
class Vocabulary:
    """All that the check knows of one dialect.

    `order` is the visits' argument order; a buffer's size follows its object. `local_error` says
    that the dialect passes the address of a local `Error *` (rfc) and not the stream's `Error **`.
    """

    primitives: Mapping[str, WirePrimitive]
    visits: Mapping[str, WireVisit]
    order: tuple[str, ...] = ("visitor", "name", "object", "errp")
    visitor_getter: str = "qemu_file_get_visitor"
    errp_getter: str = "qemu_file_get_errp"
    local_error: bool = False

    def roles(self, visit: WireVisit) -> tuple[str, ...]:
        """What each argument of a call of `visit` is, in order."""
        if visit.wire != BUFFER:
            return self.order
        at = self.order.index("object") + 1
        return (*self.order[:at], "size", *self.order[at:])
