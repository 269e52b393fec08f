# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares a schema with what an emulator says of its own tables (`-dump-vmstate`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rewrite.schema.expression import Configured, Constant
from rewrite.schema.model import Branch, Buffer, Description, Field, Node, Schema, Value

SIZES = {f"{sign}int{bits}_t": bits // 8 for sign in ("", "u") for bits in (8, 16, 32, 64)} | {
    "bool": 1
}


@dataclass
class Compared:
    """What a comparison came to: numbers, and a line for each difference."""

    devices: int = 0
    descriptions: int = 0
    fields: int = 0
    sizes: int = 0
    missed: list[str] = field(default_factory=list)


def compare_dump(dump: Mapping[str, Any], schema: Schema) -> Compared:
    """Every device of a dump with the table of that name that is most like it."""
    result = Compared()
    known = {d.symbol: d for d in schema.descriptions}
    named: dict[str, list[Description]] = {}
    for description in schema.descriptions:
        named.setdefault(description.name, []).append(description)
    for device, dumped in sorted(dump.items()):
        if "Description" not in dumped:
            continue
        result.devices += 1
        table = dumped["Description"]
        tried = [_Walk(known) for _ in named.get(table["name"], [])]
        for walk, candidate in zip(tried, named.get(table["name"], []), strict=True):
            walk.description(table, candidate, table["name"])
        best = min(tried, key=lambda w: len(w.wrong), default=None)
        if best is None:
            result.missed.append(f"{device}: no table is called {table['name']}")
            continue
        result.missed += [f"{device}: {line}" for line in best.wrong]
        result.descriptions += best.descriptions
        result.fields += best.fields
        result.sizes += best.sizes
    return result


class _Walk:
    """One table of a dump beside one description."""

    def __init__(self, known: Mapping[str, Description]) -> None:
        self.known = known
        self.wrong: list[str] = []
        self.descriptions = self.fields = self.sizes = 0

    def description(self, dumped: Mapping[str, Any], own: Description, path: str) -> None:
        self.descriptions += 1
        for key in ("name", "version_id", "minimum_version_id"):
            if dumped[key] != getattr(own, key):
                self.wrong.append(f"{path}: {key} is {dumped[key]}, not {getattr(own, key)}")
        if own.opaque:
            self.wrong.append(f"{path}: {own.opaque}")
        self._fields(dumped.get("Fields", []), own.fields, path)
        self._subsections(dumped.get("Subsections", []), own.subsections, path)

    def _fields(self, dumped: Sequence[Mapping[str, Any]], own: Sequence[Field], path: str) -> None:
        left = [f for f in own if "VMS_MUST_EXIST" not in f.flags]
        for entry in dumped:
            while left and left[0].name != entry["field"] and _is_optional(left[0]):
                left.pop(0)
            if not left or left[0].name != entry["field"]:
                found = left[0].name if left else "nothing"
                self.wrong.append(f"{path}: field {entry['field']}, not {found}")
                return
            self._field(entry, left.pop(0), f"{path}.{entry['field']}")
        self.wrong += [f"{path}: no field {f.name}" for f in left if not _is_optional(f)]

    def _field(self, dumped: Mapping[str, Any], own: Field, path: str) -> None:
        self.fields += 1
        if dumped["version_id"] != own.version_id:
            self.wrong.append(f"{path}: version {dumped['version_id']}, not {own.version_id}")
        if dumped["field_exists"] != bool(own.exists):
            self.wrong.append(f"{path}: field_exists {dumped['field_exists']}, not {own.exists}")
        size = _size_of(own)
        if size is not None:
            self.sizes += 1
            if size != dumped["size"]:
                self.wrong.append(f"{path}: size {dumped['size']}, not {size}")
        if ("Description" in dumped) != bool(own.description):
            self.wrong.append(f"{path}: a table or none, not `{own.description}`")
        elif "Description" in dumped and own.description in self.known:
            self.description(dumped["Description"], self.known[own.description], path)

    def _subsections(
        self, dumped: Sequence[Mapping[str, Any]], own: Sequence[str], path: str
    ) -> None:
        tables = [self.known[symbol] for symbol in own]
        if [d["name"] for d in dumped] != [t.name for t in tables]:
            names = [d["name"] for d in dumped], [t.name for t in tables]
            self.wrong.append(f"{path}: subsections {names[0]}, not {names[1]}")
            return
        for entry, table in zip(dumped, tables, strict=True):
            self.description(entry, table, entry["name"])


def _is_optional(own: Field) -> bool:
    """Whether a condition of the build that is open decides whether the field is there."""
    return isinstance(_only(own.contents), Branch) and any(
        isinstance(n, Branch) and isinstance(n.condition, Configured) for n in own.contents
    )


def _only(nodes: Sequence[Node]) -> Node | None:
    return nodes[0] if len(nodes) == 1 else None


def _size_of(own: Field) -> int | None:
    """The bytes of one element in memory, where they are known from its wire."""
    match _only(own.contents):
        case Value(type=ctype) if own.type in SIZES and "VMS_POINTER" not in own.flags:
            return SIZES.get(ctype)
        case Buffer(size=Constant(size)) if "VMS_VBUFFER" not in own.flags:
            return size
    return None


def described(compared: Compared) -> Iterator[str]:
    """The figures, then the differences."""
    yield (
        f"{compared.devices} devices, {compared.descriptions} descriptions, "
        f"{compared.fields} fields, {compared.sizes} sizes compared, {len(compared.missed)} differ"
    )
    yield from compared.missed
