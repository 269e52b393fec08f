# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules for files whose place in a source tree is not proved."""

from __future__ import annotations

from dataclasses import dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path

from ..files.tree import is_marked
from .ruleset import Plumbing, Rules


def rules_at(root: Path, rules: Rules) -> Rules:
    """The rules for files below a root: as they are where its marks prove it, else `Unplaced`."""
    if is_marked(root, rules.root_markers):
        return rules
    return Unplaced(**{field.name: getattr(rules, field.name) for field in fields(rules)})


@dataclass(frozen=True)
class Unplaced(Rules):
    """Rules by which plumbing is also told by a file's name alone.

    A `savevm.c` without a tree may be a copy of `migration/savevm.c`, or be it in a fork that moved
    it. That keeps too much rather than too little.
    """

    def plumbing_for(self, path: str, function: str) -> Plumbing | None:
        """The rule that keeps a function of this file, or of one of its name elsewhere, as it is."""
        placed = super().plumbing_for(path, function)
        name = path.rpartition("/")[2]
        alike = (rule for rule in self.plumbing if _names_field(rule, name, function))
        return placed or next(alike, None)


def _names_field(rule: Plumbing, name: str, function: str) -> bool:
    """Whether a rule is for a function of a file of this name; one for a whole folder names none."""
    tails = {pattern.rpartition("/")[2] for pattern in rule.path} - {"*"}
    return any(fnmatchcase(name, tail) for tail in tails) and any(
        fnmatchcase(function, pattern) for pattern in rule.functions
    )
