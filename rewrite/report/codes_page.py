# SPDX-License-Identifier: GPL-2.0-or-later
"""Every diagnostic code, for `rewrite explain --list` and for docs/codes.md."""

from __future__ import annotations

from collections.abc import Iterator

from ..convert.codes import CODES, RefusalCode
from ..rules.ruleset import Rules
from ..verify.verifier import FAILURES, OPEN, SAID
from .explain import NOTES


def codes_page(rules: Rules) -> str:
    """The codes of refusals, of the lint's rules, of `verify` and of notes, as Markdown."""
    return "\n".join((*_refusal_lines(), *_lint_lines(rules), *_verify_lines(), *_note_lines()))


def _refusal_lines() -> Iterator[str]:
    yield from ("## Refusals", "")
    yield from ("A call with such a code is left exactly as it was.", "")
    for code in CODES.values():
        yield from _section_lines(code)


def _section_lines(code: RefusalCode) -> Iterator[str]:
    yield from (f"### {code.name}", "")
    yield from (f"{code.summary[0].upper()}{code.summary[1:]}.", "")
    yield from (code.explanation, "", f"What to do: {code.advice}", "")


def _lint_lines(rules: Rules) -> Iterator[str]:
    yield from ("## Lint", "")
    yield from ("| code | severity | means | do instead |", "|---|---|---|---|")
    for rule in rules.lint.values():
        yield f"| `{rule.code}` | {rule.severity} | {rule.message} | {rule.hint} |"
    yield ""


def _status_of(outcome: str) -> int:
    """The exit status of a run in which nothing worse than this outcome is met."""
    if outcome in FAILURES:
        return 3
    return 1 if outcome in OPEN else 0


def _verify_lines() -> Iterator[str]:
    yield from ("## Verify", "")
    yield from ("| code | means | exit status |", "|---|---|---|")
    for outcome, said in SAID.items():
        yield f"| `{outcome}` | {said} | {_status_of(outcome)} |"
    yield ""


def _note_lines() -> Iterator[str]:
    yield from ("## Notes", "")
    yield from ("| code | means |", "|---|---|")
    for code, said in NOTES.items():
        yield f"| `{code}` | {said} |"
    yield ""
