# SPDX-License-Identifier: GPL-2.0-or-later
"""Nodes and changes of the model in words, for messages."""

from __future__ import annotations

from .compare import Difference, DifferenceKind
from .diff import SchemaChange
from .model import Branch, Buffer, Call, Loop, Node, Opaque, Value
from .spelling import spell_expression


def describe_node(node: Node | None) -> str:
    """What a node puts on the wire, in a few words; of None, that there is nothing more."""
    match node:
        case Value():
            return f"{node.wire.value} `{node.name}`" if node.name else node.wire.value
        case Buffer():
            return f"{spell_expression(node.size)} bytes" + (f" `{node.name}`" if node.name else "")
        case Loop():
            return f"a loop of {describe_times(node)}"
        case Branch():
            return f"something if {spell_expression(node.condition)}"
        case Call():
            return f"the table {node.symbol}"
        case Opaque():
            return "something unknown"
    return "nothing more"


def describe_times(loop: Loop) -> str:
    """How often a loop runs."""
    if loop.count is not None:
        return f"{spell_expression(loop.count)} times"
    return "as many rounds as a condition holds"


def describe_change(change: SchemaChange) -> str:
    """A change in one sentence: its name, and the first difference with its places."""
    head = f"{change.kind} {change.name}"
    if change.difference is None:
        return f"{head}: {', '.join(change.reasons)}"
    return f"{head}, {change.side}: {_describe_difference(change.difference)}"


def _describe_difference(found: Difference) -> str:
    if (
        found.kind is DifferenceKind.COUNT
        and isinstance(found.one, Loop)
        and isinstance(found.other, Loop)
    ):
        was, now = describe_times(found.one), describe_times(found.other)
        return f"a loop of {was}{_spell_place(found.one)} became one of {now}{_spell_place(found.other)}"
    was, now = describe_node(found.one), describe_node(found.other)
    return f"{was}{_spell_place(found.one)} became {now}{_spell_place(found.other)}"


def _spell_place(node: Node | None) -> str:
    place = node.place if node is not None else None
    return f" ({place.path}:{place.line})" if place is not None else ""
