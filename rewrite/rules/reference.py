# SPDX-License-Identifier: GPL-2.0-or-later
"""The reference of the kinds of rules, for `rewrite rules kinds` and for docs/rules.md."""

from __future__ import annotations

from .fields import Argument
from .schema import KINDS, RuleKind


def make_reference() -> str:
    """Every kind of rule with its arguments and what each takes, as Markdown."""
    return "\n".join(_kind_section(kind) for kind in KINDS.values())


def _kind_section(kind: RuleKind) -> str:
    rows = [
        f"| `{field.name}` | {field.expected} | {_field_row(kind, field)} |"
        for field in kind.fields
    ]
    key = " and ".join(f"`{name}`" for name in kind.key)
    again = f"A later directory's rule with the same {key} replaces it." if key else "There is one."
    return "\n".join(
        (
            f"### {kind.name}",
            "",
            kind.meaning,
            "",
            "| argument | takes | |",
            "|---|---|---|",
            *rows,
            "",
            again,
            "",
        )
    )


def _field_row(kind: RuleKind, field: Argument) -> str:
    if field.default is not None:
        return "may be left out"
    return "first, without a keyword" if field in kind.fields[: kind.positional] else ""
