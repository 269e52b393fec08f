# SPDX-License-Identifier: GPL-2.0-or-later
"""What changed on the wire between two schemas: of each section and table the first difference.

A change is incompatible where a stream of one side is misread by the other at the same version.
Renamed, moved and split values of the same bytes, padding, helpers and structs that come or go, new
subsections and fields that a test may leave out are compatible, and so silent unless asked for.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from .compare import Comparison, Difference, compare_models
from .expression import ONE, Constant, Expression, Fact, Operation, Version
from .model import Branch, Call, Description, Field, Loop, Node, Opaque, Place, Schema, Section
from .normal import put_version
from .select import called_symbols, list_references

_DEEPEST = 24

_Item = TypeVar("_Item", Section, Description)


class Status(enum.Enum):
    """What became of a section or description."""

    SAME = "same"
    COMPATIBLE = "compatible"
    BUMPED = "bumped"
    INCOMPATIBLE = "incompatible"
    UNDECIDED = "undecided"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class SchemaChange:
    """One section or description: what became of it, and why.

    `kind` is "section" or "description". `old` and `new` are where it stands, None where it is not.
    `reasons` say what is compatible or undecided; `difference` is the first incompatible one, on the
    `side` "save", "load" or, of a table, "fields". `cause` is the name of the table, told by itself,
    that has the same difference, where it is not the section's or description's own.
    """

    status: Status
    kind: str
    name: str
    old: Place | None
    new: Place | None
    reasons: tuple[str, ...] = ()
    difference: Difference | None = None
    side: str = ""
    cause: str = ""


def diff_schemas(old: Schema, new: Schema) -> tuple[SchemaChange, ...]:
    """The changes from one schema to another, sections first, each in the order of names."""
    tables = _SchemaTables(old), _SchemaTables(new)
    found: list[SchemaChange] = []
    for section, other in _match_items(old.sections, new.sections, _SECTION_KEYS):
        found.append(_diff_section(section, other, tables))
    found.sort(key=lambda change: change.name)
    for table, another in _match_items(old.descriptions, new.descriptions, _TABLE_KEYS):
        found.append(_diff_description(table, another, tables))
    return tuple(_once_each(_Users(old, found).settle_change()))


_Key = Callable[[Any], object]

_SECTION_KEYS: tuple[_Key, ...] = (
    lambda s: (s.idstr, s.target, _symbol_of(s), s.place.path),
    lambda s: (s.idstr, s.target, _symbol_of(s)),
    lambda s: (s.idstr, s.target, s.place.path),
    lambda s: (s.idstr, s.target),
)
_TABLE_KEYS: tuple[_Key, ...] = (
    lambda d: (d.symbol, d.name, d.place.path),
    lambda d: (d.symbol, d.name),
    lambda d: (d.name, d.place.path),
    lambda d: d.name,
    lambda d: (d.symbol, d.place.path),
)
"""A stream knows a table by its name, so a symbol that another table got says less."""


def _symbol_of(section: Section) -> str:
    """What a section is made of: its table, or its save function; a table may have a file in it."""
    return section.description.partition("@")[0] or section.save_function


def _match_items(
    old: Sequence[_Item], new: Sequence[_Item], keys: Sequence[_Key]
) -> Iterator[tuple[_Item | None, _Item | None]]:
    """The items of both sides that go together, by the first key that just one of each side has.

    What several have the whole first key of, as a device that is registered at several places of a
    file, goes together in the order of the places.
    """
    left = dict(enumerate(old))
    right = dict(enumerate(new))
    pairs: dict[int, _Item] = {}
    for key in keys:
        index: dict[object, list[int]] = {}
        for number, item in right.items():
            index.setdefault(key(item), []).append(number)
        mine: dict[object, list[int]] = {}
        for number, item in left.items():
            mine.setdefault(key(item), []).append(number)
        for name, numbers in mine.items():
            alike = index.get(name, [])
            if key is keys[0] or len(numbers) == len(alike) == 1:
                for one, other in zip(numbers, alike, strict=False):
                    pairs[one] = right.pop(other)
                    del left[one]
    for number, item in enumerate(old):
        yield item, pairs.get(number)
    for item in right.values():
        yield None, item


class _Users:
    """What the tables are part of: the version of a nested one is nowhere in a stream.

    Where all that a table is nested in has another version, or is told itself, its own change is no
    news: a stream with the old one is not read with the new one.
    """

    def __init__(self, old: Schema, changes: Sequence[SchemaChange]) -> None:
        self._changes = changes
        self._status = {c.name: c.status for c in changes if c.kind == "description"}
        self._users: dict[str, set[str]] = {}
        self._own = {section.description for section in old.sections}
        for section in old.sections:
            self._own |= {
                s for node in (*section.save, *section.load) for s in called_symbols(node)
            }
        for description in old.descriptions:
            self._own |= set(description.subsections)
            for symbol in list_references(replace(description, subsections=())):
                self._users.setdefault(symbol, set()).add(description.symbol)

    def settle_change(self) -> list[SchemaChange]:
        """The changes, with what is covered as bumped."""
        return [
            replace(change, status=Status.BUMPED, difference=None, reasons=(_COVERED,))
            if self._is_incompatible(change) and self._is_covered(change.name, frozenset())
            else change
            for change in self._changes
        ]

    @staticmethod
    def _is_incompatible(change: SchemaChange) -> bool:
        return change.kind == "description" and change.status is Status.INCOMPATIBLE

    def _is_covered(self, symbol: str, seen: frozenset[str]) -> bool:
        users = self._users.get(symbol, set()) - seen
        if symbol in self._own or not users:
            return False
        return all(
            self._status.get(user) in (Status.BUMPED, Status.REMOVED)
            or self._is_covered(user, seen | {symbol})
            for user in users
        )


_COVERED = "all that it is part of has another version"


def _once_each(changes: Sequence[SchemaChange]) -> Iterator[SchemaChange]:
    """The changes, of those with one and the same difference the table that it is in as their cause."""
    groups: dict[tuple[Node | None, Node | None], list[SchemaChange]] = {}
    for change in changes:
        if change.difference is not None:
            key = (change.difference.one, change.difference.other)
            groups.setdefault(key, []).append(change)
    for change in changes:
        if change.difference is None:
            yield change
            continue
        group = groups[change.difference.one, change.difference.other]
        inner = min(group, key=_distance_of)
        yield change if change is inner else replace(change, cause=inner.name)


def _distance_of(change: SchemaChange) -> tuple[bool, bool, int]:
    """How far a table is from the difference that it has: from another file, farther than any line."""
    found = change.difference
    node = (found.other or found.one) if found is not None else None
    at = node.place if node is not None else None
    place = change.new if found is not None and found.other is not None else change.old
    if at is None or place is None or at.path != place.path:
        return True, change.kind != "description", 0
    return False, change.kind != "description", abs(at.line - place.line)


class _SchemaTables:
    """The descriptions of a schema by symbol, and what they put on the wire with all that they name."""

    def __init__(self, schema: Schema) -> None:
        self._by_symbol: dict[str, list[Description]] = {}
        for description in schema.descriptions:
            self._by_symbol.setdefault(description.symbol, []).append(description)

    def expand_nodes(self, nodes: Sequence[Node], path: str, depth: int = 0) -> tuple[Node, ...]:
        """The nodes with each call of a table as what that puts on the wire, `path` the caller's file."""
        found: list[Node] = []
        for node in nodes:
            found += self._expand_node(node, path, depth)
        return tuple(found)

    def _expand_node(self, node: Node, path: str, depth: int) -> tuple[Node, ...]:
        match node:
            case Call():
                table = self.find_table(node.symbol, path)
                if table is None or depth > _DEEPEST:
                    return (node,)
                version = Constant(table.version_id) if node.version is None else node.version
                return put_version(self.nodes_of(table, depth + 1), version)
            case Branch():
                then = self.expand_nodes(node.then, path, depth)
                otherwise = self.expand_nodes(node.otherwise, path, depth)
                return (Branch(node.condition, then, otherwise, node.place),)
            case Loop():
                head, body = (self.expand_nodes(n, path, depth) for n in (node.head, node.body))
                return (Loop(node.name, body, node.count, node.condition, head, node.place),)
        return (node,)

    def find_table(self, symbol: str, path: str) -> Description | None:
        """The table of a symbol: that of the file itself, else the only one."""
        found = self._by_symbol.get(symbol, [])
        own = [d for d in found if d.place.path == path]
        return own[0] if own else found[0] if len(found) == 1 else None

    def nodes_of(self, table: Description, depth: int = 0) -> tuple[Node, ...]:
        """What a table puts on the wire, its fields' versions as conditions."""
        if table.opaque:
            return (Opaque(table.symbol, table.opaque, None, table.place),)
        found: list[Node] = []
        for field in table.fields:
            contents = self.expand_nodes(field.contents, table.place.path, depth)
            found += _guard_contents(field, contents)
        return tuple(found)


def _guard_contents(field: Field, contents: tuple[Node, ...]) -> tuple[Node, ...]:
    """A field's contents, as often and under the conditions that it says."""
    nodes = contents
    if field.count != ONE:
        nodes = (Loop(field.name, nodes, field.count, None, (), field.place),)
    conditions: list[Expression] = []
    if field.version_id > 0:
        conditions.append(Operation(">=", (Version(), Constant(field.version_id))))
    if field.exists:
        conditions.append(Fact(field.exists + "()"))
    for condition in conditions:
        nodes = (Branch(condition, nodes, (), field.place),)
    return nodes


def _places_of(
    old: Section | Description | None, new: Section | Description | None
) -> tuple[Place | None, Place | None]:
    return old.place if old is not None else None, new.place if new is not None else None


def _diff_section(
    old: Section | None, new: Section | None, tables: tuple[_SchemaTables, _SchemaTables]
) -> SchemaChange:
    known = new or old
    assert known is not None
    name = f"{known.idstr} ({known.target})" if known.target else known.idstr
    if old is None or new is None:
        status = Status.ADDED if old is None else Status.REMOVED
        return SchemaChange(status, "section", name, *_places_of(old, new))
    if old.version_id != new.version_id and None not in (old.version_id, new.version_id):
        reason = f"version {old.version_id} became {new.version_id}"
        return SchemaChange(Status.BUMPED, "section", name, old.place, new.place, (reason,))
    if any(_is_unmigratable(s, t) for s, t in zip((old, new), tables, strict=True)):
        reason = "a device that is not migrated in both"
        return SchemaChange(Status.COMPATIBLE, "section", name, old.place, new.place, (reason,))
    sides = {
        side: tuple(_nodes_of(s, side, t) for s, t in zip((old, new), tables, strict=True))
        for side in ("save", "load")
    }
    if old.description and new.description:
        sides.pop("load")
    return _compare_sides("section", name, (old.place, new.place), sides, new.version_id)


def _is_unmigratable(section: Section, tables: _SchemaTables) -> bool:
    """Whether a section's table says that its device has no state that could be migrated."""
    table = tables.find_table(section.description, section.place.path)
    return table is not None and table.unmigratable


def _nodes_of(section: Section, side: str, tables: _SchemaTables) -> tuple[Node, ...]:
    """What one side of a section does, through its table where it has one."""
    if section.description:
        table = tables.find_table(section.description, section.place.path)
        if table is None:
            reason = "a table that is not found"
            return (Opaque(section.description, reason, None, section.place),)
        return tables.nodes_of(table)
    nodes = section.save if side == "save" else section.load
    return tables.expand_nodes(nodes, section.place.path)


def _diff_description(
    old: Description | None, new: Description | None, tables: tuple[_SchemaTables, _SchemaTables]
) -> SchemaChange:
    known = old or new
    assert known is not None
    name = known.symbol
    if old is None or new is None:
        status = Status.ADDED if old is None else Status.REMOVED
        return SchemaChange(status, "description", name, *_places_of(old, new))
    if old.version_id != new.version_id:
        reason = f"version {old.version_id} became {new.version_id}"
        return SchemaChange(Status.BUMPED, "description", name, old.place, new.place, (reason,))
    if old.unmigratable or new.unmigratable:
        reasons = ("a device that is not migrated in both",)
        status = Status.SAME if old.unmigratable and new.unmigratable else Status.COMPATIBLE
        return SchemaChange(status, "description", name, old.place, new.place, reasons)
    sides = {"fields": (tables[0].nodes_of(old), tables[1].nodes_of(new))}
    places = old.place, new.place
    change = _compare_sides("description", name, places, sides, new.version_id)
    lost = _lost_subsections(old, new, tables)
    if change.status is not Status.INCOMPATIBLE and lost:
        reason = f"the subsection {lost[0]} is gone"
        return SchemaChange(Status.INCOMPATIBLE, "description", name, *places, (reason,))
    return change


def _lost_subsections(
    old: Description, new: Description, tables: tuple[_SchemaTables, _SchemaTables]
) -> list[str]:
    """The names of the old subsections that the new side has none of."""
    names = []
    for description, known in zip((old, new), tables, strict=True):
        found = (known.find_table(s, description.place.path) for s in description.subsections)
        names.append([d.name if d is not None else "" for d in found])
    if "" in names[1]:
        return []
    return [name for name in names[0] if name and name not in names[1]]


def _compare_sides(
    kind: str, name: str, places: tuple[Place, Place],
    sides: Mapping[str, tuple[tuple[Node, ...], ...]], version: int | None,
) -> SchemaChange:  # fmt: skip
    """The worst of some sides."""
    reasons: list[str] = []
    undecided: list[str] = []
    for side, (one, other) in sides.items():
        found: Comparison = compare_models(one, other, version=version)
        if found.difference is not None:
            difference = found.difference
            return SchemaChange(Status.INCOMPATIBLE, kind, name, *places, (), difference, side)
        reasons += found.reasons
        undecided += found.undecided
    if undecided:
        return SchemaChange(Status.UNDECIDED, kind, name, *places, tuple(dict.fromkeys(undecided)))
    status = Status.COMPATIBLE if reasons else Status.SAME
    return SchemaChange(status, kind, name, *places, tuple(dict.fromkeys(reasons)))
