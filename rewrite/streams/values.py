# SPDX-License-Identifier: GPL-2.0-or-later
"""Values as JSON has them, from the bytes of a stream and back."""

from __future__ import annotations

from typing import Any

from ..errors import ValueMisfitError
from ..printable import quoted
from ..schema.model import Value
from .data import Data
from .events import Copied, Holds, Leaf, Read
from .questions import BOOLEANS, signed_value
from .tree import Group, Item, simplest_of

SUBSECTIONS, UNREAD = "subsections", "unread"
"""The keys of a table's subsections, and of bytes that could not be told apart."""


def number_of(node: Value, raw: int, size: int, plain: bool = False) -> int | bool | str:
    """A number as its type has it: signed, true or false, or the name of an enumerator.

    `plain` leaves it at the sign.
    """
    if plain:
        return signed_value(raw, size) if node.signed else raw
    if node.type in BOOLEANS and raw in (0, 1):
        return bool(raw)
    value = signed_value(raw, size) if node.signed else raw
    names = [name for name, number in node.enumerators if number == value]
    return names[0] if names else value


def raw_of(node: Value, value: object, size: int) -> int:
    """The number on the wire for a value as JSON has it; raises ValueMisfitError."""
    if isinstance(value, str):
        known = dict(node.enumerators)
        if value not in known:
            raise ValueMisfitError(f"{quoted(value)} is no name of a value of {node.type or 'it'}")
        value = known[value]
    if not isinstance(value, int):
        raise ValueMisfitError(f"expected a number, not {type(value).__name__}")
    bits = 8 * size
    if not -(1 << (bits - 1)) <= value < 1 << bits:
        raise ValueMisfitError(f"{value} does not fit into {bits} bits")
    return value & ((1 << bits) - 1)


def read_numbers(data: Data, leaf: Read, plain: bool = False) -> list[int | bool | str]:
    """All numbers of a row."""
    size = leaf.size
    piece = bytes(data[leaf.start : leaf.end])
    return [
        number_of(leaf.node, int.from_bytes(piece[at : at + size], "big"), size, plain)
        for at in range(0, len(piece), size)
    ]


def leaf_json(data: Data, leaf: Leaf, plain: bool = False) -> Any:
    """A leaf as JSON: numbers, the hex of a buffer, or an object for what could not be read."""
    if isinstance(leaf, Read):
        found = read_numbers(data, leaf, plain)
        return found[0] if leaf.count is None else found
    piece = bytes(data[leaf.start : leaf.end]).hex()
    if isinstance(leaf, Copied):
        return piece
    return {UNREAD: piece, "reason": leaf.reason}


def group_json(data: Data, group: Group, plain: bool = False) -> Any:
    """A part as JSON: an object of its fields, or an array of its elements."""
    if group.holds is Holds.ELEMENTS:
        row = _find_row(group)
        if row is not None:
            return read_numbers(data, row, plain)
        return [_make_json(data, simplest_of(item), plain) for item in group.children]
    fields: dict[str, Any] = {}
    for item in group.children:
        what = item.what
        if isinstance(what, Group) and what.holds is Holds.SUBSECTION:
            part = {
                "name": item.key,
                "version": what.version,
                "values": group_json(data, what, plain),
            }
            fields.setdefault(SUBSECTIONS, []).append(part)
        else:
            fields[item.key] = _make_json(data, simplest_of(item), plain)
    return fields


def _find_row(group: Group) -> Read | None:
    """The row of plain numbers that is all of an array."""
    what = group.children[0].what if len(group.children) == 1 else None
    return what if isinstance(what, Read) and what.count is not None else None


def tree_json(data: Data, tree: Group, plain: bool = False) -> Any:
    """All values of a section as JSON."""
    return _make_json(data, simplest_of(Item("", tree)), plain)


def _make_json(data: Data, what: Leaf | Group, plain: bool) -> Any:
    return (
        group_json(data, what, plain) if isinstance(what, Group) else leaf_json(data, what, plain)
    )


def is_unread(value: object) -> bool:
    """Whether a value of JSON stands for bytes that could not be told apart."""
    return isinstance(value, dict) and UNREAD in value and "reason" in value
