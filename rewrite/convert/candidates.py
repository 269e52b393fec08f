# SPDX-License-Identifier: GPL-2.0-or-later
"""Which texts are worth parsing: what can be told from bytes alone, before a parser is imported."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..rules.ruleset import Rules

MARK = b"rewrite-lint:"
"""What every suppression comment of the lint holds."""


def list_needles(rules: Rules) -> tuple[bytes, ...]:
    """Byte strings one of which is in every file that holds a site."""
    prefixes = {"_".join(name.split("_")[:2]) + "_" for name in rules.primitives}
    return tuple(sorted(p.encode("ascii") for p in prefixes))


def name_pattern(rules: Rules) -> re.Pattern[bytes]:
    """Matches a primitive's whole name."""
    names = sorted(rules.primitives, key=len, reverse=True)
    prefixes: dict[str, list[str]] = {}
    for name in names:
        head = "_".join(name.split("_")[:2])
        prefixes.setdefault(head, []).append(name.removeprefix(head))
    groups = [
        re.escape(head) + "(?:" + "|".join(map(re.escape, tails)) + ")"
        for head, tails in sorted(prefixes.items())
    ]
    return re.compile((r"\b(?:" + "|".join(groups) + r")\b").encode("ascii"))


def can_hold_finding(rules: Rules) -> Callable[[bytes], bool]:
    """Tells whether the lint can find anything in a text."""
    return _holds_any((*list_needles(rules), MARK))


def can_register(rules: Rules) -> Callable[[bytes], bool]:
    """Tells whether a text can hold a call that registers handlers."""
    return _holds_any(tuple(sorted({r.name.encode("ascii") for r in rules.registrations})))


def worth_linting(rules: Rules) -> Callable[[bytes], bool]:
    """Tells whether a text matters to the lint: for what it holds, or what it registers for others."""
    finds, registers = can_hold_finding(rules), can_register(rules)
    return lambda data: finds(data) or registers(data)


def _holds_any(words: tuple[bytes, ...]) -> Callable[[bytes], bool]:
    return lambda data: any(word in data for word in words)
