# SPDX-License-Identifier: GPL-2.0-or-later
"""From what single files have to one schema: every symbol means one description of the whole tree."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from .model import (
    Branch,
    Call,
    Choice,
    Description,
    Field,
    Loop,
    Node,
    Opaque,
    Place,
    Schema,
    Section,
)
from .select import called_by, list_references
from .tables_sections import RegisteredTable
from .tables_types import TableTypes, TypeFault, misused_tables


@dataclass(frozen=True)
class FileTables:
    """What one file has: its descriptions and registrations, by the names that it uses itself.

    `folder` is that of its target, empty for a file outside of those. `others` says that more than
    the C text of the tree was read for it.
    """

    path: str
    folder: str
    descriptions: tuple[Description, ...]
    registered: tuple[RegisteredTable, ...]
    types: tuple[TableTypes, ...] = ()
    others: bool = False


def type_faults(files: Sequence[FileTables]) -> list[TypeFault]:
    """What of the entries of tables does not fit the members that they name, by file and line."""
    links = _Links(files)
    known: dict[str, frozenset[str]] = {}
    found: list[TypeFault] = []
    for file in files:
        for table in file.types:
            symbol = links.resolve(table.symbol, file, Place(file.path, 0))
            known[symbol] = known.get(symbol, frozenset()) | table.records
    for file in files:
        for table in file.types:
            uses = (replace(u, symbol=links.resolve(u.symbol, file, u.place)) for u in table.uses)
            found += table.faults
            found += misused_tables([replace(table, uses=tuple(uses))], known)
    found.sort(key=lambda f: (f.place.path, f.place.line, f.text))
    return list(dict.fromkeys(found))


def assemble_schema(
    root: str, files: Sequence[FileTables], asked: Collection[str], code: Sequence[Section]
) -> Schema:
    """The sections and descriptions of the files `asked` for, and all that these refer to.

    `code` are sections that are no tables, which may refer to some.
    A symbol that several files define gets the path behind an `@`, one that a file defines several
    times under #if a number as well. A symbol that no file defines has an opaque description.
    """
    links = _Links(files)
    sections = [
        links.link_section(file, registered)
        for file in files
        if file.path in asked
        for registered in file.registered
    ]
    sections += [links.of_code(section) for section in code]
    start = [d.symbol for f in files if f.path in asked for d in links.of_file(f)]
    start += [symbol for section in sections for symbol in called_by(section)]
    found = links.find_reachable(start)
    return Schema(
        root,
        tuple(sorted(sections, key=lambda s: (s.place.path, s.place.line, s.idstr))),
        tuple(sorted(found, key=lambda d: (d.place.path, d.place.line, d.symbol))),
    )


class _Links:
    """The symbols of a tree, and the descriptions by them."""

    def __init__(self, files: Sequence[FileTables]) -> None:
        self._defining: dict[str, list[FileTables]] = {}
        for file in files:
            for symbol in dict.fromkeys(d.symbol for d in file.descriptions):
                self._defining.setdefault(symbol, []).append(file)
        self._by_symbol: dict[str, Description] = {}
        self._of_file: dict[str, list[Description]] = {}
        self.missing: dict[str, Description] = {}
        for file in files:
            self._of_file[file.path] = list(self._link_file(file))

    def of_file(self, file: FileTables) -> Sequence[Description]:
        return self._of_file[file.path]

    def _link_file(self, file: FileTables) -> Iterator[Description]:
        """The descriptions of a file with their references, under their own new symbols."""
        seen: dict[str, int] = {}
        for description in file.descriptions:
            number = seen[description.symbol] = seen.get(description.symbol, 0) + 1
            symbol = self._unique_symbol(description.symbol, file)
            symbol += f"#{number}" if number > 1 else ""
            made = replace(
                description,
                symbol=symbol,
                fields=tuple(self._link_field(f, file) for f in description.fields),
                subsections=tuple(
                    self.resolve(s, file, description.place) for s in description.subsections
                ),
            )
            self._by_symbol[symbol] = made
            yield made

    def _unique_symbol(self, symbol: str, file: FileTables) -> str:
        return symbol if len(self._defining[symbol]) == 1 else f"{symbol}@{file.path}"

    def resolve(self, symbol: str, file: FileTables, place: Place) -> str:
        """The symbol in the whole tree of what `symbol` means in a file."""
        found = self._defining.get(symbol, [])
        near = [f for f in found if f.folder == file.folder]
        for group in ([f for f in found if f.path == file.path], found, near):
            if len(group) == 1:
                return self._unique_symbol(symbol, group[0])
        reason = "several files define it" if found else "no file of the tree defines it"
        self.missing.setdefault(symbol, Description(symbol, symbol, place, 0, 0, opaque=reason))
        return symbol

    def _link_field(self, field: Field, file: FileTables) -> Field:
        place = field.place or Place(file.path, 0)
        contents = tuple(self._link_node(n, file, place) for n in field.contents)
        description = field.description
        if description and description in self._defining:
            description = self.resolve(description, file, place)
        elif description:
            called = [n.symbol for n in contents if isinstance(n, Call)]
            description = called[0] if called else description
        return replace(field, contents=contents, description=description)

    def _link_node(self, node: Node, file: FileTables, place: Place) -> Node:
        def inner(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
            return tuple(self._link_node(n, file, place) for n in nodes)

        match node:
            case Call():
                return replace(node, symbol=self.resolve(node.symbol, file, place))
            case Branch():
                return replace(node, then=inner(node.then), otherwise=inner(node.otherwise))
            case Loop():
                return replace(node, body=inner(node.body), head=inner(node.head))
            case Choice():
                return replace(node, options=tuple(inner(option) for option in node.options))
        return node

    def link_section(self, file: FileTables, registered: RegisteredTable) -> Section:
        """The section of a registration; opaque where its table is not known."""
        if not registered.symbol:
            nodes = (Opaque(registered.text, "which table this is, is not known here"),)
            return Section(registered.text, registered.place, None, save=nodes, load=nodes)
        symbol = self.resolve(registered.symbol, file, registered.place)
        table = self._find_description(symbol)
        version = None if table.opaque else table.version_id
        return Section(table.name, registered.place, version, symbol)

    def of_code(self, section: Section) -> Section:
        """A section of code with its references."""
        place = section.place
        file = FileTables(place.path, section.target, (), ())
        save, load = (
            tuple(self._link_node(node, file, place) for node in nodes)
            for nodes in (section.save, section.load)
        )
        return replace(section, save=save, load=load)

    def _find_description(self, symbol: str) -> Description:
        return self._by_symbol.get(symbol) or self.missing[symbol]

    def find_reachable(self, start: Sequence[str]) -> list[Description]:
        """The descriptions of some symbols, and all that they refer to."""
        found: dict[str, Description] = {}
        left = list(start)
        while left:
            symbol = left.pop()
            if symbol not in found:
                found[symbol] = self._find_description(symbol)
                left += list_references(found[symbol])
        return list(found.values())
