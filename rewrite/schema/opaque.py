# SPDX-License-Identifier: GPL-2.0-or-later
"""What of a schema is not understood, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .expression import Expression, Operation, Unread
from .model import Branch, Buffer, Call, Choice, Description, Loop, Node, Opaque, Value


def opaque_parts(description: Description) -> list[str]:
    """A sentence for each part of a description that is not understood.

    Those that it refers to speak for themselves. What a load checks moves no byte: it may refuse a
    stream, and what that holds is still known.
    """
    found = [description.opaque] if description.opaque else []
    for field in description.fields:
        reasons = (*_of_nodes(field.contents), *_of_expression(field.count))
        found += [f"{field.name}: {reason}" for reason in reasons]
    return found


def _of_nodes(nodes: Sequence[Node]) -> Iterator[str]:
    for node in nodes:
        match node:
            case Opaque(text, reason):
                yield f"`{text}`: {reason}"
            case Branch(condition, then, otherwise):
                yield from _of_expression(condition)
                yield from _of_nodes((*then, *otherwise))
            case Loop(_, body, count, condition, head):
                yield from _of_expression(count)
                yield from _of_expression(condition)
                yield from _of_nodes((*head, *body))
            case Choice(options=options):
                yield from _of_nodes([n for option in options for n in option])
            case Buffer(_, size):
                yield from _of_expression(size)
            case Call(version=expression) | Value(constant=expression):
                yield from _of_expression(expression)


def _of_expression(expression: Expression | None) -> Iterator[str]:
    match expression:
        case Unread(text, reason, None):  # what is known on hosts of 64 bits is known
            yield f"`{text}`: {reason}"
        case Operation(_, operands):
            for operand in operands:
                yield from _of_expression(operand)
