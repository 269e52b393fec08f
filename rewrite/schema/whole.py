# SPDX-License-Identifier: GPL-2.0-or-later
"""The whole schema of a tree: what its tables say and what its code does, in one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from ..rules.ruleset import Rules
from .handlers import read_tree
from .model import Section
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
    code stand in the order of their places.
    """
    places = [path.resolve() for path in paths] or [root]
    found = TreeReader(root, rules, target).read(places, advance)
    folder = rules.targets[target].folder if target is not None else None
    below = [place.relative_to(root).as_posix() for place in places]
    code = [
        section
        for section in read_tree(root, rules).sections
        if _is_below(section, below) and (folder is None or _is_of(section, folder))
    ]
    sections = sorted([*found.schema.sections, *code], key=lambda s: (s.place.path, s.place.line))
    return replace(found, schema=replace(found.schema, sections=tuple(sections)))


def _is_below(section: Section, folders: Sequence[str]) -> bool:
    path = section.place.path
    return any(f in (".", path) or path.startswith(f + "/") for f in folders)


def _is_of(section: Section, folder: str) -> bool:
    """Whether a section is one of a target's, or of all of them."""
    return section.target.replace("-", "/").rpartition("/")[2] in ("", folder)
