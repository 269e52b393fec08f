# SPDX-License-Identifier: GPL-2.0-or-later
"""Which era of the Visitor interface a tree has, read from its own declaration."""

from __future__ import annotations

import re

from .lexical import mask_comments
from .rules import Dialect, Rules
from .tree import InputError, Tree

_DECLARATION = re.compile(rb"^[\w \t*]*\bvisit_type_uint32\s*\([^;{]*", re.MULTILINE)


def find_declaration(tree: Tree, rules: Rules) -> tuple[str, str] | None:
    """The header that declares visit_type_uint32 and the declaration's text, or None."""
    for name in rules.headers:
        data = tree.read(str(tree.root / name))
        match = _DECLARATION.search(mask_comments(data)) if data is not None else None
        if match is not None:
            return name, " ".join(match.group().decode("latin-1").split())
    return None


def detect(tree: Tree, rules: Rules) -> Dialect:
    """The dialect of a tree. Raises InputError where its declaration has a shape that no rule knows."""
    found = find_declaration(tree, rules)
    dialect = rules.dialect_of(found[1] if found is not None else None)
    if dialect is None:
        assert found is not None
        raise InputError(
            str(tree.root / found[0]), f"no dialect has this declaration: {found[1]}; use --dialect"
        )
    return dialect
