# SPDX-License-Identifier: GPL-2.0-or-later
"""The changes between two states of a tree as findings of the lint, and what comments say of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ..files.source import SourceFile
from ..rules.ruleset import Rules
from ..schema.describe import describe_change
from ..schema.diff import SchemaChange, Status
from ..schema.model import Place
from .allowed import Allowed, find_allowed
from .config import LintConfig
from .finding import Finding

TextOf = Callable[[str], bytes | None]
"""The text of a file of the new state by its path; None where there is none."""


def changes_as_findings(
    changes: Sequence[SchemaChange],
    rules: Rules,
    config: LintConfig,
    text_of: TextOf,
    *,
    strict: bool,
) -> list[Finding]:
    """What is told of some changes: what is incompatible, and with `strict` what is renamed.

    A difference that another change tells is told once. `config` turns codes off and leaves out files
    that it excludes. What a comment of the new state allows says so: one at the section or table, or
    at the value that differs.
    """
    told = {change.name for change in changes}
    comments = _Comments(text_of)
    found: list[Finding] = []
    for change in changes:
        code = _code_of(change, strict=strict)
        if change.cause in told or not code:
            continue
        finding = _make_finding(change, code, rules, config)
        if finding.severity != "off" and not config.excludes(finding.path):
            places = tuple(_comment_places(change))
            found.append(replace(finding, allowed=comments.reason(code, places)))
    return found


def _code_of(change: SchemaChange, *, strict: bool) -> str:
    """The code of a change, empty for one that is silent."""
    if change.status is Status.INCOMPATIBLE:
        return "wire-changed"
    return "wire-renamed" if change.status is Status.COMPATIBLE and strict else ""


def _make_finding(change: SchemaChange, code: str, rules: Rules, config: LintConfig) -> Finding:
    rule = rules.lint[code]
    place = change.new or change.old
    path, line = (place.path, place.line) if place is not None else ("", 1)
    message = f"{config.message.get(code, rule.message)}: {describe_change(change)}"
    text = f"{change.kind} {change.name}"
    severity = config.severity_of(rule)
    return Finding(code, severity, path, line, 1, line, "", text, message, rule.hint)


def _comment_places(change: SchemaChange) -> Iterator[Place]:
    """Where in the new state a comment can stand that is for a change."""
    if change.new is not None:
        yield change.new
    node = change.difference.other if change.difference is not None else None
    if node is not None and node.place is not None:
        yield node.place


class _Comments:
    """The suppression comments of the new state, each file read once."""

    def __init__(self, text_of: TextOf) -> None:
        self._text_of = text_of
        self._known: dict[str, list[Allowed]] = {}

    def reason(self, code: str, places: Sequence[Place]) -> str:
        """The reason of a comment that allows the code at one of these places, empty without one."""
        for place in places:
            for allowed in self._comments_of(place.path):
                if allowed.reason and allowed.covers(code, place.line, place.line):
                    return allowed.reason
        return ""

    def _comments_of(self, path: str) -> list[Allowed]:
        if path not in self._known:
            data = self._text_of(path)
            source = None if data is None else SourceFile(Path(path), path, data)
            self._known[path] = [] if source is None else list(find_allowed(source))
        return self._known[path]
