# SPDX-License-Identifier: GPL-2.0-or-later
"""The whole schema of a tree: what its tables say and what its code does, in one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from ..rules.ruleset import Rules
from .model import Description
from .pointers import PointerReader
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
    code stand in the order of their places. What a field's own functions call through a pointer is
    one of all that the tree lets it point to.
    """
    reader = TreeReader(root, rules, target)
    found = reader.read([path.resolve() for path in paths] or [root], advance)
    tables = found.schema.descriptions
    pointers = PointerReader(reader.handlers, frozenset(d.symbol for d in tables))
    descriptions = tuple(_resolved(d, pointers) for d in tables)
    return replace(found, schema=replace(found.schema, descriptions=descriptions))


def _resolved(description: Description, pointers: PointerReader) -> Description:
    fields = (replace(f, contents=pointers.resolve(f.contents)) for f in description.fields)
    return replace(description, fields=tuple(fields))
