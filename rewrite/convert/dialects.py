# SPDX-License-Identifier: GPL-2.0-or-later
"""Which era of the Visitor interface a tree has, read from its own declaration."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..c.lexical import mask_comments
from ..errors import InputError
from ..files.tree import Tree, is_marked
from ..rules.ruleset import Dialect, Rules

_DECLARATION = re.compile(rb"^[\w \t*]*\bvisit_type_uint32\s*\([^;{]*", re.MULTILINE)


@dataclass(frozen=True)
class Declaration:
    """A declaration: its header relative to the root, its line from 1, its text on one line."""

    name: str
    line: int
    text: str


def find_declaration(tree: Tree, rules: Rules) -> Declaration | None:
    """The declaration of visit_type_uint32 in the headers where a tree has its visits, or None."""
    for name in rules.headers:
        data = tree.read(str(tree.root / name))
        masked = mask_comments(data) if data is not None else b""
        match = _DECLARATION.search(masked)
        if match is not None:
            line = masked.count(b"\n", 0, match.start()) + 1
            return Declaration(name, line, " ".join(match.group().decode("latin-1").split()))
    return None


def detect_dialect(tree: Tree, rules: Rules) -> Dialect:
    """The dialect of a tree, by its declaration of visits.

    A tree without one is of the era before them, if it is a tree of QEMU by all its marks. Raises
    InputError where nothing shows an era, where the header is in another place than any rule says,
    or the declaration has a shape that no rule knows.
    """
    found = find_declaration(tree, rules)
    if found is None:
        _check_absence(tree, rules)
    dialect = rules.dialect_of(found.text if found is not None else None)
    if dialect is None:
        assert found is not None
        raise InputError(
            f"{tree.root / found.name}:{found.line}:1",
            f"no dialect has this declaration: {found.text}; use --dialect",
        )
    return dialect


def _check_absence(tree: Tree, rules: Rules) -> None:
    """Raise InputError unless a tree that does not declare visits where others do has none."""
    if not is_marked(tree.root, rules.root_markers):
        raise InputError(
            str(tree.root), f"shows no era: no visits in {', '.join(rules.headers)}; use --dialect"
        )
    for name in dict.fromkeys(header.rpartition("/")[2] for header in rules.headers):
        for path in tree.headers_named(name):
            if _DECLARATION.search(mask_comments(tree.read(path) or b"")):
                raise InputError(
                    path, "declares the visits, and no header() rule looks here; use --dialect"
                )


def describe_dialect(tree: Tree, rules: Rules) -> str:
    """What shows the dialect of a tree: the place and text of a declaration, or its absence."""
    found = find_declaration(tree, rules)
    if found is None:
        return f"no declaration of visit_type_uint32 in {' or '.join(rules.headers)}"
    return f"{tree.root / found.name}:{found.line}: {found.text}"
