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


def _wrap_number(value: int) -> int:
    """The value as an int64_t."""
    value &= (1 << 64) - 1
    return value - (1 << 64) if value >> 63 else value


def combine_numbers(symbol: str, values: list[int]) -> int | None:
    """An operator on numbers; None for one that the model does not have."""
    if len(values) == 1 and symbol in UNARY:
        return _wrap_number(UNARY[symbol](values[0]))
    if len(values) == 2 and symbol in BINARY:
        return _wrap_number(operators.apply_binary(symbol, values[0], values[1]))
    if len(values) == 3 and symbol == "?:":
        return values[1] if values[0] else values[2]
    return None


def simplify_expression(expression: Expression, version: int | None = None) -> Expression:
    """The expression with constants folded, and with the version put in where one is given."""
    if isinstance(expression, Version) and version is not None:
        return Constant(version)
    if not isinstance(expression, Operation):
        return expression
    operands = tuple(simplify_expression(operand, version) for operand in expression.operands)
    numbers = [o.value for o in operands if isinstance(o, Constant)]
    if len(numbers) == len(operands):
        value = combine_numbers(expression.operator, numbers)
        if value is not None:
            return Constant(value)
    return _shorten_operation(replace(expression, operands=operands))


def _shorten_operation(expression: Operation) -> Expression:
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


def list_leaves(expression: Expression) -> Iterator[Leaf]:
    """What the expression depends on, each as often as it is there."""
    if isinstance(expression, Operation):
        for operand in expression.operands:
            yield from list_leaves(operand)
    elif not isinstance(expression, Constant):
        yield expression


def _key_of(leaf: Leaf) -> tuple[str, str]:
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
        return combine_numbers(expression.operator, known) if len(known) == len(operands) else None
    return values.get(_key_of(expression))


def depends_alike(one: Expression, other: Expression) -> bool:
    """Whether two expressions depend on the same things, all of them known by name."""
    mine, theirs = list(list_leaves(one)), list(list_leaves(other))
    if any(isinstance(leaf, Unread) for leaf in (*mine, *theirs)):
        return False
    return {_key_of(leaf) for leaf in mine} == {_key_of(leaf) for leaf in theirs}


def agree_on(one: Expression, other: Expression, *, truth: bool = False) -> bool | None:
    """Whether two expressions have the same value whatever they depend on; as conditions if `truth`.

    None where that can't be told, because they depend on different things. Two that differ are
    found by trying values, so True means that none of the tries told them apart.
    """
    if one == other:
        return True
    if not depends_alike(one, other):
        return None
    keys = sorted({_key_of(leaf) for leaf in list_leaves(one)})
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
