# SPDX-License-Identifier: GPL-2.0-or-later
"""Expressions of the wire model, worked out on `int64_t` as C does, with parts that are not known.

Nothing is run: an expression is data, and an operator that is not in the table has no value.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator

from ..schema.evaluate import BINARY, UNARY
from ..schema.expression import (
    Configured,
    Constant,
    Earlier,
    Expression,
    Fact,
    Operation,
    Unread,
    Version,
)

Atom = Version | Earlier | Fact | Configured | Unread
"""What has to be looked up."""

Lookup = Callable[[Atom], int | None]
"""The value of an atom, None where it is not known."""

Assume = Callable[[Expression, bool], int | None]
"""What was assumed of an expression that has no value of its own: a number that stands for its truth
where the second argument says that only that counts, else its value."""

DEEPEST = 100
"""Operators inside of operators beyond this are not followed: no source has so many."""

RELATIONS = frozenset(("==", "!=", "<", "<=", ">", ">="))
LOGICAL = frozenset(("&&", "||", "!", "?:"))


def wrap_number(value: int) -> int:
    """A number as `int64_t` holds it."""
    return ((value + (1 << 63)) & ((1 << 64) - 1)) - (1 << 63)


def evaluate_expression(
    expression: Expression,
    lookup: Lookup,
    assumed: Assume | None = None,
    truth: bool = False,
    depth: int = 0,
) -> int | None:
    """The value of an expression, None where it depends on what is not known.

    `truth` says that only its truth counts, so that what was assumed of that is enough.
    """
    value = _evaluate_plain(expression, lookup, assumed, truth, depth)
    if value is None and assumed is not None:
        return assumed(expression, truth)
    return None if value is None else wrap_number(value)


def _evaluate_plain(
    expression: Expression, lookup: Lookup, assumed: Assume | None, truth: bool, depth: int
) -> int | None:
    if isinstance(expression, Constant):
        return expression.value
    part = positive_of(expression) if isinstance(expression, Configured) else expression
    if not isinstance(part, Operation):
        return None if isinstance(part, Constant) else lookup(part)
    expression = part
    if depth > DEEPEST:
        return None

    def inner(index: int, truth: bool = False) -> int | None:
        return evaluate_expression(operands[index], lookup, assumed, truth, depth + 1)

    name, operands = expression.operator, expression.operands
    if name in ("&&", "||") and len(operands) == 2:
        return _evaluate_logical(name == "||", (inner(0, True), inner(1, True)))
    if name == "?:" and len(operands) == 3:
        return _evaluate_chosen(inner(0, True), inner(1, truth), inner(2, truth))
    if len(operands) == 1 and name in UNARY:
        one = inner(0, name == "!")
        return None if one is None else int(UNARY[name](one))
    if len(operands) != 2 or name not in BINARY:
        return None
    left, right = inner(0), inner(1)
    if left is None or right is None:
        return None
    value = BINARY[name](left, right)
    return None if value is None else int(value)


def _evaluate_logical(decided: bool, values: tuple[int | None, int | None]) -> int | None:
    """`||` where `decided`, else `&&`: known as soon as one operand settles it, whichever it is."""
    if any(v is not None and bool(v) is decided for v in values):
        return int(decided)
    return None if None in values else int(not decided)


def _evaluate_chosen(condition: int | None, one: int | None, other: int | None) -> int | None:
    if condition is not None:
        return one if condition else other
    return one if one == other else None


def positive_of(expression: Configured) -> Expression:
    """The condition of an #if without the negation around it: of `!(X)`, the negation of X.

    What holds under #else is written so, and is no question of its own.
    """
    text = expression.text
    if not (text.startswith("!(") and text.endswith(")")):
        return expression
    depth = 0
    for index, character in enumerate(text[1:]):
        depth += (character == "(") - (character == ")")
        if not depth and index < len(text) - 2:
            return expression
    return Operation("!", (positive_of(Configured(text[2:-1])),))


def find_unknown(
    expression: Expression, known: Callable[[Expression], bool | None], depth: int = 0
) -> Expression | None:
    """The first part whose truth must be assumed to go on: a comparison, an atom, or arithmetic.

    `known` tells whether a part holds, with all that was assumed so far.
    """
    if known(expression) is not None or depth > DEEPEST:
        return None
    if isinstance(expression, Configured):
        expression = positive_of(expression)
    if isinstance(expression, Operation) and expression.operator in LOGICAL:
        for operand in expression.operands:
            found = find_unknown(operand, known, depth + 1)
            if found is not None:
                return found
    return expression


def settled_parts(expression: Expression, lookup: Lookup, depth: int = 0) -> Expression:
    """The expression with the values of those atoms in their places that the stream itself has.

    What is taken for granted of `x > limit` while x is 5 says nothing of it when x is 7.
    """
    if isinstance(expression, Version | Earlier):
        value = lookup(expression)
        return expression if value is None else Constant(value)
    if not isinstance(expression, Operation) or depth > DEEPEST:
        return expression
    inner = tuple([settled_parts(one, lookup, depth + 1) for one in expression.operands])
    same = all(map(operator.is_, inner, expression.operands))
    return expression if same else Operation(expression.operator, inner)


def list_atoms(expression: Expression, depth: int = 0) -> Iterator[Atom]:
    """All that an expression looks up, in its order."""
    if isinstance(expression, Operation) and depth <= DEEPEST:
        for operand in expression.operands:
            yield from list_atoms(operand, depth + 1)
    elif not isinstance(expression, Constant | Operation):
        yield expression


def list_constants(expression: Expression, depth: int = 0) -> Iterator[int]:
    """All numbers that an expression names."""
    if isinstance(expression, Operation) and depth <= DEEPEST:
        for operand in expression.operands:
            yield from list_constants(operand, depth + 1)
    elif isinstance(expression, Constant):
        yield expression.value
