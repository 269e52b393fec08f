# SPDX-License-Identifier: GPL-2.0-or-later
"""Expressions of the model as text for people."""

from __future__ import annotations

from .expression import Configured, Constant, Earlier, Expression, Fact, Operation, Unread, Version


def spell(expression: Expression) -> str:
    """An expression as C would write it, with names as the model has them."""
    match expression:
        case Constant():
            return str(expression.value)
        case Version():
            return "version_id"
        case Earlier() | Fact():
            return expression.name or "the value"
        case Configured() | Unread():
            return expression.text
        case Operation():
            return _operation(expression)


def _operation(expression: Operation) -> str:
    parts = [
        f"({spell(o)})" if isinstance(o, Operation) and len(o.operands) > 1 else spell(o)
        for o in expression.operands
    ]
    if len(parts) == 1:
        return expression.operator + parts[0]
    if len(parts) == 2:
        return f"{parts[0]} {expression.operator} {parts[1]}"
    return f"{parts[0]} ? {parts[1]} : {parts[2]}"
