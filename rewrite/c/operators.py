# SPDX-License-Identifier: GPL-2.0-or-later
"""C's operators on integers (C99 6.5.3 to 6.5.14): how tight each binds, and what it gives."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping


def _quotient(a: int, b: int) -> int | None:
    """Division that truncates toward zero (C99 6.5.5p6)."""
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1) if b else None


def _remainder(a: int, b: int) -> int | None:
    quotient = _quotient(a, b)
    return None if quotient is None else a - b * quotient


PRECEDENCE: Mapping[str, int] = {
    "*": 10, "/": 10, "%": 10, "+": 9, "-": 9, "<<": 8, ">>": 8, "<": 7, "<=": 7, ">": 7, ">=": 7,
    "==": 6, "!=": 6, "&": 5, "^": 4, "|": 3, "&&": 2, "||": 1,
}  # fmt: skip
"""The binary operators; what binds tighter has the higher number."""

BINARY: Mapping[str, Callable[[int, int], int | None]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "&": operator.and_,
    "|": operator.or_, "^": operator.xor, "/": _quotient, "%": _remainder,
    "<<": lambda a, b: a << b if 0 <= b < 64 else None,
    ">>": lambda a, b: a >> b if 0 <= b < 64 else None,
    "==": lambda a, b: int(a == b), "!=": lambda a, b: int(a != b),
    "<": lambda a, b: int(a < b), "<=": lambda a, b: int(a <= b),
    ">": lambda a, b: int(a > b), ">=": lambda a, b: int(a >= b),
    "&&": lambda a, b: int(bool(a) and bool(b)), "||": lambda a, b: int(bool(a) or bool(b)),
}  # fmt: skip
"""What each gives; None where C leaves it undefined: a division by zero, a shift by 64 or more."""

UNARY: Mapping[str, Callable[[int], int]] = {
    "-": operator.neg, "+": operator.pos, "~": operator.invert, "!": lambda a: int(not a),
}  # fmt: skip
"""What each operator on one integer gives."""


def precedence_of(symbol: str) -> int:
    """How tight a binary operator binds, 0 for what is none."""
    return PRECEDENCE.get(symbol, 0)


def apply_binary(symbol: str, left: int, right: int) -> int:
    """The value of a binary operation; what C leaves undefined gives 0."""
    return BINARY[symbol](left, right) or 0
