# SPDX-License-Identifier: GPL-2.0-or-later
"""The words that rules choose between; each equals its spelling in the rules."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Direction(StrEnum):
    """Which way a value goes: to the stream, or from it."""

    PUT = "put"
    GET = "get"


class Operand(StrEnum):
    """How the value travels: as an argument, behind a pointer, as the result, or as bytes with a size."""

    VALUE = "value"
    POINTER = "pointer"
    RESULT = "result"
    BUFFER = "buffer"


OPERANDS = {
    Direction.PUT: (Operand.VALUE, Operand.POINTER, Operand.BUFFER),
    Direction.GET: (Operand.RESULT, Operand.POINTER, Operand.BUFFER),
}
"""Which operands a primitive of each direction may have."""

ARGUMENTS = {Operand.RESULT: 1, Operand.VALUE: 2, Operand.POINTER: 2, Operand.BUFFER: 3}
"""How many arguments a call of a primitive has, the stream included."""

BYTES_OF_WIRES: Mapping[str, int] = {"byte": 1, "be16": 2, "be32": 4, "be64": 8}
"""The widths that are the same for every target, in bytes; most significant byte first."""

WIRES = (*BYTES_OF_WIRES, "target_long", "target_register", "buffer")
"""What a primitive puts on the wire; the two target types are as wide as the target makes them."""

STAND_INS = ("allocate", "free", "first argument", "stream error", "set stream error", "peek",
             "nothing")  # fmt: skip
"""What a stand-in can do: give memory, as many bytes as its arguments say; nothing; give its first
argument; give or set the error of the stream; tell a byte that follows; give 0."""
