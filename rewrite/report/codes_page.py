# SPDX-License-Identifier: GPL-2.0-or-later
"""Every diagnostic code, for `rewrite explain --list` and for docs/codes.md."""

from __future__ import annotations

from collections.abc import Iterator

from ..convert.codes import CODES, Code
from ..rules.ruleset import Rules
from ..verify.unit import UNSETTLED
from ..verify.verifier import FAILURES, SAID


def codes_page(rules: Rules) -> str:
    """The codes of refusals, of the lint's rules and of `verify`, as Markdown."""
    return "\n".join((*_refusals(), *_lint(rules), *_verify()))


def _refusals() -> Iterator[str]:
    yield from ("## Refusals", "")
    yield from ("A call with such a code is left exactly as it was.", "")
    for code in CODES.values():
        yield from _section(code)


def _section(code: Code) -> Iterator[str]:
    yield from (f"### {code.name}", "")
    yield from (f"{code.summary[0].upper()}{code.summary[1:]}.", "")
    yield from (code.explanation, "", f"What to do: {code.advice}", "")


def _lint(rules: Rules) -> Iterator[str]:
    yield from ("## Lint", "")
    yield from ("| code | severity | means | do instead |", "|---|---|---|---|")
    for rule in rules.lint.values():
        yield f"| `{rule.code}` | {rule.severity} | {rule.message} | {rule.hint} |"
    yield ""


def _status(outcome: str) -> int:
    """The exit status of a run in which nothing worse than this outcome is met."""
    if outcome in FAILURES:
        return 3
    return 1 if outcome == UNSETTLED else 0


def _verify() -> Iterator[str]:
    yield from ("## Verify", "")
    yield from ("| code | means | exit status |", "|---|---|---|")
    for outcome, said in SAID.items():
        yield f"| `{outcome}` | {said} | {_status(outcome)} |"
    yield ""
