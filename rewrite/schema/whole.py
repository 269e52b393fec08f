# SPDX-License-Identifier: GPL-2.0-or-later
"""The whole schema of a tree: what its tables say and what its code does, in one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from ..rules.ruleset import Rules
from ..rules.table_rules import PciCapability
from .classes import ClassReader
from .handlers_functions import Functions
from .model import Capability, Description, Field, Place
from .pointers import PointerReader
from .predicates import PredicateReader
from .tree import TreeReader, TreeSchema


def read_whole_tree(
    root: Path,
    rules: Rules,
    target: str | None = None,
    paths: Sequence[Path] = (),
    advance: Callable[[int, int], None] | None = None,
) -> TreeSchema:
    """The schema of the files under some paths (none: of all) of the tree at a resolved root.

    `target` is the name of a rule `target`, None for all targets at once. Sections of tables and of
    code stand in the order of their places. What is called through a pointer is one of all that the
    tree lets it point to.
    """
    reader = TreeReader(root, rules, target)
    found = reader.read([path.resolve() for path in paths] or [root], advance)
    folder = rules.targets[target].folder if target is not None else None
    tables = found.schema.descriptions
    inline = reader.tree.scan([root], lambda data: b"static inline" in data).candidates
    functions = Functions({s.name: s for s in (*inline, *reader.sources)}.values())
    predicates = PredicateReader(functions, reader.handlers.meanings, rules.cast_macros)
    symbols = frozenset(d.symbol for d in tables)
    pointers = PointerReader(reader.handlers, symbols, ClassReader(reader.sources), predicates)
    sections = tuple(replace(s, load=pointers.resolve(s.load)) for s in found.schema.sections)
    descriptions = tuple(_complete_description(d, pointers) for d in tables)
    others = {rule.folder for rule in rules.targets.values()} - {folder}
    made = [s for s in pointers.setups() if folder is None or not others & {*_folders_of(s.place)}]
    told = tuple(_make_capability(rule) for rule in rules.pci_capabilities)
    schema = replace(found.schema, sections=sections, descriptions=descriptions)
    return replace(found, schema=replace(schema, classes=tuple(made), capabilities=told))


def _folders_of(place: Place) -> Sequence[str]:
    """The folders that a file is in: what is in another target's is of no device of this one."""
    return place.path.split("/")[:-1]


def _make_capability(rule: PciCapability) -> Capability:
    bits = (rule.capability, rule.offset, rule.bits, rule.add)
    return Capability(rule.table, rule.buffer, rule.member, *bits, rule.flags, rule.bit)


def _complete_description(description: Description, pointers: PointerReader) -> Description:
    """The description, its fields with what their pointers may reach and with their tests."""

    def completed(field: Field) -> Field:
        filled = replace(field, contents=pointers.resolve(field.contents))
        records = {f.record for f in description.fields if f.record}
        record = field.record or (records.pop() if len(records) == 1 else "")
        if not field.exists or not record:
            return filled
        test = pointers.predicates.read_test(field.exists, description.place.path, record)
        return replace(filled, test=test)

    return replace(description, fields=tuple(map(completed, description.fields)))
