# SPDX-License-Identifier: GPL-2.0-or-later
"""Findings as text that people, editors and continuous integration read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..files.digest import sha256

if TYPE_CHECKING:
    from ..rules.ruleset import Rules
    from .finding import Finding
from ..printable import one_line

ANCHOR = "docs/lint.md#"
"""Where the section of a code is, in this project."""
_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_GITLAB = {"error": "major", "warning": "minor", "note": "info"}
_GITHUB = {"error": "error", "warning": "warning", "note": "notice"}
_CHECKPATCH = {"error": "ERROR", "warning": "WARNING", "note": "CHECK"}


def spell_advice(finding: Finding) -> str:
    """What to do about a finding."""
    return f"write {finding.fix}" if finding.fix else finding.hint


def format_text(found: Sequence[Finding], rules: Rules) -> str:
    """`path:line:col: severity: message [code]`, each with a note of what to write instead."""
    del rules
    lines = []
    for f in found:
        place = f"{one_line(f.path)}:{f.line}:{f.column}"
        lines.append(f"{place}: {f.severity}: {f.message} [{f.code}]")
        lines.append(f"{place}: note: {spell_advice(f)}")
    return "".join(line + "\n" for line in lines)


def as_json(found: Sequence[Finding], rules: Rules) -> str:
    """An object with `version` 1 and the list `findings`."""
    del rules
    records = [
        {
            "code": f.code, "severity": f.severity, "path": f.path, "line": f.line,
            "column": f.column, "end_line": f.last, "function": f.function, "text": f.text,
            "message": f.message, "hint": f.hint, "fix": f.fix, "doc": ANCHOR + f.code,
            "fingerprint": fingerprint,
        }
        for f, fingerprint in zip(found, _make_fingerprints(found), strict=True)
    ]  # fmt: skip
    return _dump_json({"version": 1, "findings": records})


def _dump_json(document: object) -> str:
    import json

    return json.dumps(document, indent=2) + "\n"


def _make_fingerprints(found: Sequence[Finding]) -> list[str]:
    """A stable name of each finding: its file and key, and which of several alike it is."""
    seen: Counter[tuple[str, ...]] = Counter()
    names = []
    for f in found:
        key = (f.path, *f.key)
        whole = "\0".join((*key, str(seen[key])))
        names.append(sha256(whole.encode("utf-8", "replace"))[:32])
        seen[key] += 1
    return names


def format_sarif(
    found: Sequence[Finding],
    rules: Rules,
    help_page: str = "",
    suppressed: Sequence[tuple[Finding, str]] = (),
) -> str:
    """A SARIF 2.1.0 log with one run (OASIS, Static Analysis Results Interchange Format).

    `help_page` is the address of the page that has a section for each code; `suppressed` are findings
    that count for nothing, each with how SARIF calls where that is said: "inSource" or "external".
    """
    codes = list(rules.lint)
    driver = {
        "name": "rewrite-lint",
        "version": __version__,
        "rules": [
            {
                "id": rule.code,
                "shortDescription": {"text": rule.message},
                "help": {"text": f"{rule.hint} ({ANCHOR}{rule.code})"},
                **({"helpUri": f"{help_page}#{rule.code}"} if help_page else {}),
                "defaultConfiguration": {
                    "enabled": rule.severity != "off",
                    "level": "none" if rule.severity == "off" else rule.severity,
                },
            }
            for rule in rules.lint.values()
        ],
    }
    everything = [*found, *(f for f, _ in suppressed)]
    results = [
        _sarif_result(f, codes.index(f.code), fingerprint)
        for f, fingerprint in zip(everything, _make_fingerprints(everything), strict=True)
    ]
    for (f, kind), result in zip(suppressed, results[len(found) :], strict=True):
        reason = {"justification": f.allowed} if f.allowed else {}
        result["suppressions"] = [{"kind": kind, **reason}]
    run = {"tool": {"driver": driver}, "columnKind": "utf16CodeUnits", "results": results}
    document = {"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}
    return _dump_json(document)


def _sarif_result(f: Finding, index: int, fingerprint: str) -> dict[str, Any]:
    from urllib.parse import quote

    region = {"startLine": f.line, "startColumn": f.column, "endLine": f.last}
    if f.end_column:
        region["endColumn"] = f.end_column
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(f.path, errors="surrogateescape")},
            "region": region,
        }
    }
    if f.function:
        location["logicalLocations"] = [{"name": f.function, "kind": "function"}]
    result = {
        "ruleId": f.code,
        "ruleIndex": index,
        "level": f.severity,
        "message": {"text": f"{f.message}; {spell_advice(f)}"},
        "locations": [location],
        "partialFingerprints": {"rewriteLint/v1": fingerprint},
    }
    return {**result, "fixes": [_sarif_fix(f)]} if f.replacements else result


def _sarif_fix(f: Finding) -> dict[str, Any]:
    """The conversion of the function that a finding is in, as SARIF describes a fix (3.55)."""
    from urllib.parse import quote

    change = {
        "artifactLocation": {"uri": quote(f.path, errors="surrogateescape")},
        "replacements": [
            {
                "deletedRegion": {
                    "startLine": r.line, "startColumn": r.column,
                    "endLine": r.end_line, "endColumn": r.end_column,
                },
                "insertedContent": {"text": r.text},
            }
            for r in f.replacements
        ],
    }  # fmt: skip
    told = f"Convert {f.function}() to visitors, as `rewrite --function {f.function}` does"
    return {"description": {"text": told}, "artifactChanges": [change]}


def format_gitlab(found: Sequence[Finding], rules: Rules) -> str:
    """GitLab's code quality report: an array of issues with fingerprints."""
    del rules
    issues = [
        {
            "description": f"{f.message}; {spell_advice(f)}",
            "check_name": f.code,
            "fingerprint": fingerprint,
            "severity": _GITLAB[f.severity],
            "location": {"path": f.path, "lines": {"begin": f.line, "end": f.last}},
        }
        for f, fingerprint in zip(found, _make_fingerprints(found), strict=True)
    ]
    return _dump_json(issues)


def format_github(found: Sequence[Finding], rules: Rules) -> str:
    """GitHub's workflow commands, which a run of Actions shows as annotations."""
    del rules
    lines = []
    for f in found:
        place = ",".join(
            f"{key}={_escape_property(str(value))}"
            for key, value in (
                ("file", f.path), ("line", f.line), ("endLine", f.last),
                ("col", f.column), ("title", f.code),
            )
        )  # fmt: skip
        lines.append(
            f"::{_GITHUB[f.severity]} {place}::{_escape_data(f'{f.message}; {spell_advice(f)}')}\n"
        )
    return "".join(lines)


def _escape_data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(value: str) -> str:
    return _escape_data(value).replace(":", "%3A").replace(",", "%2C")


def format_checkpatch(found: Sequence[Finding], rules: Rules) -> str:
    """As QEMU's scripts/checkpatch.pl tells it: type, place, the line, and a total."""
    del rules
    parts = [
        f"{_CHECKPATCH[f.severity]}: {f.message} [{f.code}]\n"
        f"#{number}: FILE: {one_line(f.path)}:{f.line}:\n+{f.text}\n  {spell_advice(f)}\n\n"
        for number, f in enumerate(found, 1)
    ]
    kinds = Counter(f.severity for f in found)
    return "".join(parts) + f"total: {kinds['error']} errors, {kinds['warning']} warnings\n"


FORMATS: Mapping[str, Callable[[Sequence[Finding], Rules], str]] = {
    "text": format_text,
    "json": as_json,
    "sarif": format_sarif,
    "gitlab": format_gitlab,
    "github": format_github,
    "checkpatch": format_checkpatch,
}
"""What `--format` can name."""


def format_statistics(found: Sequence[Finding]) -> str:
    """How many findings of each code, and in how many files."""
    lines = [f"{count:6} {code}" for code, count in sorted(Counter(f.code for f in found).items())]
    lines.append(f"{len(found):6} in {len({f.path for f in found})} files")
    return "\n".join(lines) + "\n"
