# SPDX-License-Identifier: GPL-2.0-or-later
"""The words that a rule of a primitive chooses between; each equals its spelling in the rules."""

from __future__ import annotations

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


ARGUMENTS = {Operand.RESULT: 1, Operand.VALUE: 2, Operand.POINTER: 2, Operand.BUFFER: 3}
"""How many arguments a call of a primitive has, the stream included."""
