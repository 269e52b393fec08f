#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The sections that one tree has as code and a later one as a table: what became of each on the wire.

    python tests/bench/code_to_tables.py stable-0.11 v1.0

OLD and NEW are trees, or schemas that `rewrite schema --format json` wrote. Where several places
register one name, a section is compared with each table and the best of these is told.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rewrite.rules.ruleset import load_rules
from rewrite.schema.describe import describe_change
from rewrite.schema.diff import SchemaChange, Status, diff_schemas
from rewrite.schema.document import parse_schema
from rewrite.schema.model import Schema, Section
from rewrite.schema.select import select_named
from rewrite.schema.whole import read_whole_tree

_BEST = (
    Status.SAME, Status.COMPATIBLE, Status.UNDECIDED, Status.BUMPED, Status.INCOMPATIBLE,
)  # fmt: skip


def read_schema(name: str) -> Schema:
    """The schema of a tree, or that a file holds."""
    path = Path(name)
    if path.is_file():
        return parse_schema(path.read_bytes(), name)
    return read_whole_tree(path.resolve(), load_rules()).schema


def compare_sections(old: Section, new: Section, schemas: tuple[Schema, Schema]) -> SchemaChange:
    """What became of one section."""
    parts = select_named(schemas[1], new.description)
    sides = (
        replace(schemas[0], sections=(replace(old, target=""),)),
        replace(parts, sections=(replace(new, target=""),)),
    )
    return next(c for c in diff_schemas(*sides) if c.kind == "section")


def best_changes(schemas: tuple[Schema, Schema]) -> Iterator[SchemaChange]:
    """For each section of code whose name is that of a table later, the best of what it may be."""
    tables: dict[str, list[Section]] = {}
    for section in schemas[1].sections:
        if section.description:
            tables.setdefault(section.idstr, []).append(section)
    for section in schemas[0].sections:
        found = [] if section.description else tables.get(section.idstr, [])
        near = [t for t in found if t.place.path.split("/")[0] == section.target] or found
        changes = [compare_sections(section, table, schemas) for table in near]
        if changes:
            yield min(changes, key=lambda change: _BEST.index(change.status))


def main(names: list[str]) -> int:
    """Print a line for each section, and how many became what."""
    if len(names) != 2:
        sys.stderr.write(__doc__ or "")
        return 2
    schemas = read_schema(names[0]), read_schema(names[1])
    counted: Counter[str] = Counter()
    for change in best_changes(schemas):
        counted[change.status.value] += 1
        places = f"{change.old and change.old.path} -> {change.new and change.new.path}"
        print(f"{change.name:24} {change.status.value:12} {places}")
        if change.status not in (Status.SAME, Status.COMPATIBLE):
            print(f"{'':24} {describe_change(change)}")
    print(", ".join(f"{count} {status}" for status, count in sorted(counted.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
