# SPDX-License-Identifier: GPL-2.0-or-later
"""How many bytes parts of a model take, where that does not depend on anything."""

from __future__ import annotations

from collections.abc import Iterable

from ..schema.expression import Constant
from ..schema.model import Branch, Buffer, Check, Choice, Field, Loop, Node, Opaque, Value
from .tasks import Close, Elements, FieldBegins, Fields, LeaveFrame, NextElement, Unmoved

Chain = tuple[object, "Chain"] | None
"""A list that grows at its front and shares its tail with all copies."""


def fixed_size(nodes: Iterable[object]) -> int | None:
    """The bytes of all nodes together, None where they depend on something."""
    total = 0
    for node in nodes:
        size = _size_of(node)
        if size is None:
            return None
        total += size
    return total


def takes_bytes(node: Branch) -> bool:
    """Whether either way of a branch takes a byte; one that only checks is no question to be asked."""
    return fixed_size(node.then) != 0 or fixed_size(node.otherwise) != 0


def tail_size(chain: Chain) -> int | None:
    """The bytes of all that is still to come, None where they depend on something."""
    total = 0
    while chain is not None:
        size = _size_of(chain[0])
        if size is None:
            return None
        total, chain = total + size, chain[1]
    return total


def _size_of(node: object) -> int | None:
    match node:
        case Value(wire=wire):
            return wire.size
        case Buffer(size=Constant(size)) | Opaque(size=Constant(size)):
            return size
        case Check() | FieldBegins() | Close() | LeaveFrame() | Unmoved():
            return 0
        case Branch(then=then, otherwise=otherwise):
            one = fixed_size(then)
            return one if one == fixed_size(otherwise) else None
        case Choice(options=options):
            sizes = {fixed_size(option) for option in options}
            return sizes.pop() if len(sizes) == 1 else None
        case Loop(count=Constant(count), condition=None, body=body):
            return _size_times(count, body)
        case Elements(count=Constant(count), body=body):
            return _size_times(count, body)
        case NextElement(index=index, count=count, body=body):
            return _size_times(count - index, body)
        case Fields(description=description, index=index) if not description.opaque:
            return fixed_size(description.fields[index:])
        case Field(contents=contents) if fixed_size(contents) == 0:
            return 0
        case Field(exists="", version_id=0, count=Constant(count), contents=contents):
            return _size_times(count, contents)
    return None


def _size_times(count: int, body: tuple[Node, ...]) -> int | None:
    size = fixed_size(body)
    return None if size is None else size * max(count, 0)
