# SPDX-License-Identifier: GPL-2.0-or-later
"""Expressions of the model as numbers: folded, with a version put in, and compared by trying."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace

from ..c import operators
from .expression import (
    Configured,
    Constant,
    Earlier,
    Expression,
    Fact,
    Operation,
    Unread,
    Version,
)

BINARY, UNARY = operators.BINARY, operators.UNARY
"""C's operators, for whatever reads the model without the text of a tree."""

_TRIES = 24

Leaf = Version | Earlier | Fact | Configured | Unread


def _wrapped(value: int) -> int:
    """The value as an int64_t."""
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >> 63 else value


def combined(symbol: str, values: list[int]) -> int | None:
    """An operator on numbers; None for one that the model does not have."""
    if len(values) == 1 and symbol in UNARY:
        return _wrapped(UNARY[symbol](values[0]))
    if len(values) == 2 and symbol in BINARY:
        return _wrapped(operators.apply_binary(symbol, values[0], values[1]))
    if len(values) == 3 and symbol == "?:":
        return values[1] if values[0] else values[2]
    return None


def simplify(expression: Expression, version: int | None = None) -> Expression:
    """The expression with constants folded, and with the version put in where one is given."""
    if isinstance(expression, Version) and version is not None:
        return Constant(version)
    if not isinstance(expression, Operation):
        return expression
    operands = tuple(simplify(operand, version) for operand in expression.operands)
    numbers = [o.value for o in operands if isinstance(o, Constant)]
    if len(numbers) == len(operands):
        value = combined(expression.operator, numbers)
        if value is not None:
            return Constant(value)
    return _shortened(replace(expression, operands=operands))


def _shortened(expression: Operation) -> Expression:
    """`a && 1`, `a || 1`, `c ? a : b` with a constant c, and doubled negations."""
    symbol, operands = expression.operator, expression.operands
    first = operands[0]
    if symbol == "?:" and isinstance(first, Constant):
        return operands[1] if first.value else operands[2]
    if symbol == "!" and isinstance(first, Operation) and first.operator == "!":
        return first.operands[0]
    if symbol in ("&&", "||"):
        deciding = symbol == "||"
        for this, other in (operands, operands[::-1]):
            if isinstance(this, Constant):
                return Constant(int(deciding)) if bool(this.value) is deciding else other
    return expression


def leaves(expression: Expression) -> Iterator[Leaf]:
    """What the expression depends on, each as often as it is there."""
    if isinstance(expression, Operation):
        for operand in expression.operands:
            yield from leaves(operand)
    elif not isinstance(expression, Constant):
        yield expression


def _key(leaf: Leaf) -> tuple[str, str]:
    """What tells two leaves apart; a device's field is the same if it was sent before."""
    if isinstance(leaf, Earlier | Fact):
        return "name", leaf.name
    if isinstance(leaf, Configured | Unread):
        return type(leaf).__name__, leaf.text
    return "version", ""


def value_of(expression: Expression, values: Mapping[tuple[str, str], int]) -> int | None:
    """The number that the expression is for some values of what it depends on."""
    if isinstance(expression, Constant):
        return expression.value
    if isinstance(expression, Operation):
        operands = [value_of(operand, values) for operand in expression.operands]
        known = [operand for operand in operands if operand is not None]
        return combined(expression.operator, known) if len(known) == len(operands) else None
    return values.get(_key(expression))


def depends_alike(one: Expression, other: Expression) -> bool:
    """Whether two expressions depend on the same things, all of them known by name."""
    mine, theirs = list(leaves(one)), list(leaves(other))
    if any(isinstance(leaf, Unread) for leaf in (*mine, *theirs)):
        return False
    return {_key(leaf) for leaf in mine} == {_key(leaf) for leaf in theirs}


def agree(one: Expression, other: Expression, *, truth: bool = False) -> bool | None:
    """Whether two expressions have the same value whatever they depend on; as conditions if `truth`.

    None where that can't be told, because they depend on different things. Two that differ are
    found by trying values, so True means that none of the tries told them apart.
    """
    if one == other:
        return True
    if not depends_alike(one, other):
        return None
    keys = sorted({_key(leaf) for leaf in leaves(one)})
    chance = random.Random(1)
    pool = [0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 255]
    for _ in range(_TRIES):
        values = {key: chance.choice(pool) for key in keys}
        a, b = value_of(one, values), value_of(other, values)
        if a is None or b is None:
            return None
        if (bool(a) != bool(b)) if truth else a != b:
            return False
    return True
