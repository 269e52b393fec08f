# SPDX-License-Identifier: GPL-2.0-or-later
"""What the rules say about types, in the words of the room that reads C."""

from __future__ import annotations

from ..c.scope import Facts
from ..rules.ruleset import Rules


def facts_of(rules: Rules) -> Facts:
    """The facts for a Resolver: fixed-width types, and macros that tell a pointer's type."""
    declares = {n: (d.type_argument, d.name_argument) for n, d in rules.declares_cast.items()}
    fixed = {v.c_type for v in rules.visits.values() if not _depends_on_target(v.wire)}
    return Facts(frozenset(fixed - {"void"}), rules.exact_types, rules.cast_macros, declares)


def _depends_on_target(wires: tuple[str, ...]) -> bool:
    return any(w.startswith("target_") for w in wires)
