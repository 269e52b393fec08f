# SPDX-License-Identifier: GPL-2.0-or-later
"""The whole schema of a tree: what its tables say and what its code does, in one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from ..rules.ruleset import Rules
from ..rules.table_rules import PciCapability
from .classes import ClassReader
from .handlers import HandlerReader, open_handlers
from .handlers_functions import Functions
from .model import Capability, Description, Field, Opaque, Place, Section
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
    code stand in the order of their places. A field with functions of its own that the tables'
    reader does not understand has what these functions load.
    """
    places = [path.resolve() for path in paths] or [root]
    tables = TreeReader(root, rules, target)
    found = tables.read(places, advance)
    handlers = open_handlers(root, rules)
    folder = rules.targets[target].folder if target is not None else None
    below = [place.relative_to(root).as_posix() for place in places]
    code = [
        section
        for section in handlers.sections()
        if _is_below(section, below) and (folder is None or _is_of(section, folder))
    ]
    sources = {source.name: source for source in (*handlers.sources, *tables.sources)}
    symbols = frozenset(d.symbol for d in found.schema.descriptions)
    inline = tables.tree.scan([root], lambda data: b"static inline" in data).candidates
    functions = Functions({s.name: s for s in (*inline, *sources.values())}.values())
    predicates = PredicateReader(functions, handlers.meanings, rules.cast_macros)
    pointers = PointerReader(handlers, symbols, ClassReader(tuple(sources.values())), predicates)
    code = [replace(section, load=pointers.resolve(section.load)) for section in code]
    sections = sorted([*found.schema.sections, *code], key=lambda s: (s.place.path, s.place.line))
    descriptions = _with_code(found.schema.descriptions, handlers, pointers)
    schema = replace(found.schema, sections=tuple(sections), descriptions=descriptions)
    others = {rule.folder for rule in rules.targets.values()} - {folder}
    made = [s for s in pointers.setups() if folder is None or not others & {*_folders(s.place)}]
    told = tuple(_capability(rule) for rule in rules.pci_capabilities)
    return replace(found, schema=replace(schema, classes=tuple(made), capabilities=told))


def _folders(place: Place) -> Sequence[str]:
    """The folders that a file is in: what is in another target's is of no device of this one."""
    return place.path.split("/")[:-1]


def _capability(rule: PciCapability) -> Capability:
    bits = (rule.capability, rule.offset, rule.bits, rule.add)
    return Capability(rule.table, rule.buffer, rule.member, *bits, rule.flags, rule.bit)


def _is_below(section: Section, folders: Sequence[str]) -> bool:
    path = section.place.path
    return any(f in (".", path) or path.startswith(f + "/") for f in folders)


def _is_of(section: Section, folder: str) -> bool:
    """Whether a section is one of a target's, or of all of them."""
    return section.target.replace("-", "/").rpartition("/")[2] in ("", folder)


def _with_code(
    descriptions: Sequence[Description], handlers: HandlerReader, pointers: PointerReader
) -> tuple[Description, ...]:
    """The descriptions, their fields with functions of their own as these functions load them."""
    infos = handlers.infos()

    def filled(field: Field) -> Field:
        pair = infos.get(_info_key(field.info)) if _is_unknown(field) else None
        if pair is None:
            return field
        return replace(field, contents=pointers.resolve(handlers.loaded(pair)))

    def tested(description: Description, field: Field) -> Field:
        records = {f.record for f in description.fields if f.record}
        record = field.record or (records.pop() if len(records) == 1 else "")
        if not field.exists or not record:
            return filled(field)
        test = pointers.predicates.test(field.exists, description.place.path, record)
        return replace(filled(field), test=test)

    return tuple(
        replace(d, fields=tuple(tested(d, field) for field in d.fields)) for d in descriptions
    )


def _info_key(info: str) -> str:
    """How the functions of an info are found: by its symbol, those of a compound literal by names."""
    put, get = (re.search(rf"\.\s*{way}\s*=\s*&?\s*(\w+)", info) for way in ("put", "get"))
    return f"{put[1]}/{get[1]}" if put is not None and get is not None else info


def _is_unknown(field: Field) -> bool:
    return bool(field.info) and all(isinstance(node, Opaque) for node in field.contents)
