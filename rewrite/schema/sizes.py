# SPDX-License-Identifier: GPL-2.0-or-later
"""How many bytes nodes of the model are, and which loops can be written out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

from .evaluate import list_leaves
from .expression import HOST_SIZE, Constant, Fact, Unread
from .model import Buffer, Loop, Node, Value, Wire

MOST_WRITTEN_OUT = 4096
"""How many nodes a loop may be that is written out."""


def may_be_empty(node: Loop | Buffer) -> bool:
    """Whether a device's field, which the stream need not hold, says how much there is."""
    bounds = (node.count, node.condition) if isinstance(node, Loop) else (node.size,)
    if isinstance(node, Loop) and node.head and node.count is None:
        return False
    return any(
        isinstance(leaf, Fact) or (isinstance(leaf, Unread) and leaf.reason != HOST_SIZE)
        for bound in bounds if bound for leaf in list_leaves(bound)
    )  # fmt: skip


def is_written_out(node: Node) -> TypeGuard[Loop]:
    """Whether a node is a loop that can be written out."""
    if not isinstance(node, Loop) or node.head or node.condition is not None:
        return False
    return isinstance(node.count, Constant) and rounds_of(node) * len(node.body) <= MOST_WRITTEN_OUT


def rounds_of(loop: Loop) -> int:
    """The constant count of a loop."""
    return loop.count.value if isinstance(loop.count, Constant) else 0


def starts_alike(body: Sequence[Node], node: Node) -> bool:
    """Whether a body starts with what could be the same thing as a node."""
    first = body[0]
    if isinstance(first, Value) and isinstance(node, Value):
        return first.wire is node.wire
    return isinstance(first, Buffer) and isinstance(node, Buffer)


def size_of(node: Node) -> int | None:
    """The bytes of a node, None where they are not fixed."""
    if isinstance(node, Value):
        return node.wire.size
    if isinstance(node, Buffer) and isinstance(node.size, Constant):
        return node.size.value
    if isinstance(node, Loop) and isinstance(node.count, Constant) and node.condition is None:
        parts = [size_of(part) for part in (*node.head, *node.body)]
        known = [part for part in parts if part is not None]
        return sum(known) * node.count.value if len(known) == len(parts) else None
    return None


def bytes_of(nodes: Sequence[Node]) -> list[Wire | int] | None:
    """Values and buffers with all loops written out; None where something is not fixed."""
    found: list[Wire | int] = []
    for node in nodes:
        if isinstance(node, Value):
            found.append(node.wire)
        elif isinstance(node, Buffer) and isinstance(node.size, Constant):
            found.append(node.size.value)
        elif isinstance(node, Loop) and isinstance(node.count, Constant) and not node.condition:
            inner = bytes_of((*node.head, *node.body))
            if inner is None or len(inner) * node.count.value > MOST_WRITTEN_OUT:
                return None
            found += inner * node.count.value
        else:
            return None
    return found
