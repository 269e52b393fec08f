# SPDX-License-Identifier: GPL-2.0-or-later
"""Expressions of the model as text for people."""

from __future__ import annotations

from .expression import Constant, Earlier, Expression, Fact, Operation, Version

_DEEPEST = 64  # nested operators that are written out; a schema's file may hold any number


def spell_expression(expression: Expression, depth: int = 0) -> str:
    """An expression as C would write it, with names as the model has them: `nvqs > 1`."""
    # The order is that of how often each is met: searches spell their questions all the time.
    if isinstance(expression, Fact | Earlier):
        return expression.name or "the value"
    if isinstance(expression, Constant):
        return str(expression.value)
    if isinstance(expression, Version):
        return "version_id"
    if not isinstance(expression, Operation):
        return expression.text
    if depth > _DEEPEST:
        return "..."
    parts = [_spell_operand(operand, depth + 1) for operand in expression.operands]
    if expression.operator == "?:" and len(parts) == 3:
        return f"{parts[0]} ? {parts[1]} : {parts[2]}"
    if len(parts) == 1:
        return expression.operator + parts[0]
    return f" {expression.operator} ".join(parts)


def _spell_operand(expression: Expression, depth: int) -> str:
    text = spell_expression(expression, depth)
    many = isinstance(expression, Operation) and len(expression.operands) > 1
    return f"({text})" if many else text
