# SPDX-License-Identifier: GPL-2.0-or-later
"""The description at a stream's end (from QEMU 2.3 on): as a schema, and as a check of another one.

It names the fields of the tables with types and sizes; what code of its own wrote is one buffer of a
known size. The format is that of `vmsd_desc_field_start` and its like in QEMU's migration/vmstate.c.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import DescriptionError
from ..files.json_text import parse_json
from ..printable import quoted
from ..schema.expression import Constant
from ..schema.model import (
    Buffer,
    Call,
    Description,
    Field,
    Node,
    Opaque,
    Place,
    Schema,
    Section,
    Value,
    Wire,
)
from .hints import ANY, Hints

_NUMBER = re.compile(r"(u?)int(8|16|32|64)(?: equal| le)?\Z")
"""`le` and `equal` are what the destination asks of the value, not how it travels."""
_WIRES = {1: Wire.BYTE, 2: Wire.BE16, 4: Wire.BE32, 8: Wire.BE64}
_MOST_LEAVES = 1_000_000
_DEEPEST = 64
_WHERE = Place("(the stream's description)", 0)


@dataclass(frozen=True)
class Described:
    """One section of the description."""

    idstr: str
    instance_id: int
    version: int | None
    fields: Mapping[str, Any]

    def hints(self, start: int) -> Hints:
        """Where its fields are, if its contents begin at `start`; nothing where that can't be told."""
        try:
            leaves = list(_bound_leaves(_list_leaves(self.fields, start, ())))
        except DescriptionError:
            return Hints()
        if not leaves:
            return Hints()
        names: dict[int, frozenset[str]] = {}
        for begin, _, called in leaves:
            names[begin] = names.get(begin, frozenset()) | called
        ends = {begin for begin, _, _ in leaves} | {end for _, end, _ in leaves}
        return Hints(tuple(sorted(ends)), names, max(ends))


def parse_description(text: bytes) -> tuple[Described, ...]:
    """The sections that a description names; raises DescriptionError."""
    try:
        devices = parse_json(text)["devices"]
        return tuple(_read_section(device) for device in devices)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DescriptionError(f"no description of a stream: {error}") from error


def _read_section(device: Any) -> Described:
    version = device.get("version")
    if not isinstance(device["name"], str) or not isinstance(device["instance_id"], int):
        raise TypeError("a section without a name and a number")
    if version is not None and not isinstance(version, int):
        raise TypeError("a version that is no number")
    return Described(device["name"], device["instance_id"], version, device)


# -- where fields are ----------------------------------------------------------------------------


Place3 = tuple[int, int, frozenset[str]]


def _bound_leaves(leaves: Iterator[Place3]) -> Iterator[Place3]:
    for count, leaf in enumerate(leaves):
        if count > _MOST_LEAVES:
            raise DescriptionError("too many fields")
        yield leaf


def _read_number(of: Mapping[str, Any], key: str, default: int) -> int:
    value = of.get(key, default)
    if not isinstance(value, int) or value < 0:
        raise DescriptionError(f"{key} is no number")
    return value


def _list_leaves(table: Mapping[str, Any], offset: int, outer: tuple[str, ...]) -> Iterator[Place3]:
    """Begin, end and names of the fields of a table that begins at an offset, innermost ones only.

    A field that begins where the struct that it is in begins, has that one's name as well.
    """
    names = outer
    for field in _read_list(table, "fields"):
        inner = field.get("struct", field) if isinstance(field.get("type"), str) else field
        size = _read_number(field, "size", 0)
        for _ in range(_read_number(field, "array_len", 1)):
            called = (*names, str(field.get("name")))
            if isinstance(inner, dict) and "fields" in inner:
                if len(called) > _DEEPEST:
                    raise DescriptionError("structs inside of structs without end")
                yield from _list_leaves(inner, offset, called)
            else:
                inside = (ANY,) if _in_one_piece(field, table) else ()
                yield offset, offset + size, frozenset((*called, *inside))
            offset += size
            names = () if size else names
    for part in _read_list(table, "subsections"):
        name = str(part.get("vmsd_name"))
        offset += 6 + len(name.encode())
        yield from _list_leaves(part, offset, ())
        offset += _measure_table(part)


def _in_one_piece(field: Mapping[str, Any], table: Mapping[str, Any]) -> bool:
    """Whether a field is what code wrote, of which the description has no more than the size."""
    node = _make_node(str(field.get("type")), _read_number(field, "size", 0))
    return isinstance(node, Opaque) or "vmsd_name" not in table


def _measure_table(table: Mapping[str, Any]) -> int:
    """The bytes of a table's contents."""
    total = sum(
        _read_number(field, "size", 0) * _read_number(field, "array_len", 1)
        for field in _read_list(table, "fields")
    )
    for part in _read_list(table, "subsections"):
        total += 6 + len(str(part.get("vmsd_name")).encode()) + _measure_table(part)
    return total


def _read_list(of: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    found = of.get(key, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise DescriptionError(f"{key} is no list of objects")
    return found


# -- as a schema ---------------------------------------------------------------------------------


class _Builder:
    """Makes the model of all sections, each table under a symbol of its own."""

    def __init__(self) -> None:
        self.descriptions: list[Description] = []

    def make_table(self, table: Mapping[str, Any], depth: int = 0) -> str:
        """Add a table with all that it holds; gives its symbol."""
        if depth > _DEEPEST:
            raise DescriptionError("structs inside of structs without end")
        fields = tuple(self._make_field(one, depth) for one in _read_list(table, "fields"))
        parts = tuple(self.make_table(part, depth + 1) for part in _read_list(table, "subsections"))
        symbol = f"#{len(self.descriptions)}"
        name = str(table.get("vmsd_name", ""))
        self.descriptions.append(Description(name, symbol, _WHERE, 0x7FFFFFFF, 0, fields, parts))
        return symbol

    def _make_field(self, field: dict[str, Any], depth: int) -> Field:
        name, kind, size = (
            str(field.get("name")),
            str(field.get("type")),
            _read_number(field, "size", 0),
        )
        index = field.get("index")
        shown = name if index is None else f"{name}[{index}]"
        inner = field.get("struct", field)
        count = Constant(_read_number(field, "array_len", 1))
        if isinstance(inner, dict) and "fields" in inner:
            version = Constant(_read_number(inner, "version", 0))
            contents: tuple[Node, ...] = (Call(self.make_table(inner, depth + 1), "", version),)
        else:
            contents = (_make_node(kind, size),)
        return Field(shown, contents, count, type=kind)


def _make_node(kind: str, size: int) -> Node:
    """What a field of that type is on the wire; only what the type says for certain."""
    found = _NUMBER.match(kind)
    if found is not None and int(found[2]) == 8 * size:
        return Value("", _WIRES[size], kind, signed=not found[1])
    if kind == "bool" and size == 1:
        return Value("", Wire.BYTE, "bool")
    if kind == "timer" and size == 8:
        return Value("", Wire.BE64, kind, signed=True)
    if kind in ("buffer", "unused_buffer", "bitmap"):
        return Buffer("", Constant(size), padding=kind == "unused_buffer")
    return Opaque(
        kind, f"the stream's description says no more than {quoted(kind)}", Constant(size)
    )


def as_schema(sections: tuple[Described, ...]) -> Schema:
    """The schema of just the stream that the description is of; raises DescriptionError.

    What code of its own wrote is there as a buffer, which the description calls "data".
    """
    builder = _Builder()
    made = []
    for one in sections:
        if "vmsd_name" in one.fields:
            symbol = builder.make_table(one.fields)
            made.append(Section(_make_key(one.idstr, one.instance_id), _WHERE, one.version, symbol))
        else:
            size = Constant(_measure_table(one.fields))
            node = Opaque("data", "the stream's description does not say what code wrote", size)
            made.append(Section(_make_key(one.idstr, one.instance_id), _WHERE, None, load=(node,)))
    return Schema(_WHERE.path, tuple(made), tuple(builder.descriptions))


def _make_key(idstr: str, instance: int) -> str:
    return f"{idstr} {instance}"
