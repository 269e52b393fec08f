# SPDX-License-Identifier: GPL-2.0-or-later
"""Expressions of the model as text for people."""

from __future__ import annotations

from .expression import Configured, Constant, Earlier, Expression, Fact, Operation, Unread, Version

_DEEPEST = 64  # nested operators that are written out; a schema's file may hold any number


def spell(expression: Expression, depth: int = 0) -> str:
    """An expression as C would write it, with names as the model has them: `nvqs > 1`."""
    match expression:
        case Constant(value):
            return str(value)
        case Version():
            return "version_id"
        case Earlier(name) | Fact(name):
            return name or "the value"
        case Configured(text) | Unread(text):
            return text
    if depth > _DEEPEST:
        return "..."
    parts = [_spell_operand(operand, depth + 1) for operand in expression.operands]
    if expression.operator == "?:" and len(parts) == 3:
        return f"{parts[0]} ? {parts[1]} : {parts[2]}"
    if len(parts) == 1:
        return expression.operator + parts[0]
    return f" {expression.operator} ".join(parts)


def _spell_operand(expression: Expression, depth: int) -> str:
    text = spell(expression, depth)
    many = isinstance(expression, Operation) and len(expression.operands) > 1
    return f"({text})" if many else text
