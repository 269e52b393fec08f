# SPDX-License-Identifier: GPL-2.0-or-later
"""The figures of a run: what `--stats` writes and the summary says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TypedDict

from .convert import FileResult, Kept, Outcome, TreeResult
from .errors import CountError
from .outcome import Conversion, Refusal
from .resolve import Resolved


class SiteRecord(TypedDict):
    """One site. `path` is relative to the root; `code` is empty but for refusals."""

    path: str
    line: int
    primitive: str
    outcome: str
    code: str
    type: str | None
    function: str
    shape: str
    name: str
    reason: str


class Statistics(TypedDict):
    """What `--stats` writes as JSON; sites = converted + plumbing + refused, always."""

    root: str
    dialect: str
    sites: int
    converted: int
    plumbing: int
    refused: int
    by_code: dict[str, int]
    by_shape: dict[str, int]
    by_reason: dict[str, int]
    files_changed: int
    functions_changed: int
    failed_self_check: int
    site_list: list[SiteRecord]


def outcome_name(outcome: Outcome) -> str:
    """The word for an outcome."""
    match outcome:
        case Conversion():
            return "converted"
        case Refusal():
            return "refused"
        case Kept():
            return "plumbing"


def _record(file: FileResult, outcome: Outcome) -> SiteRecord:
    site = outcome.site
    resolved = outcome.resolved if isinstance(outcome, Conversion) else None
    return SiteRecord(
        path=file.source.name,
        line=file.source.position(site.start).line,
        primitive=site.primitive.name,
        outcome=outcome_name(outcome),
        code=outcome.code if isinstance(outcome, Refusal) else "",
        type=resolved.spelling if isinstance(resolved, Resolved) else None,
        function=site.function,
        shape=outcome.shape if isinstance(outcome, Conversion) else "",
        name=outcome.name if isinstance(outcome, Conversion) else "",
        reason=_reason(outcome),
    )


def _reason(outcome: Outcome) -> str:
    match outcome:
        case Conversion():
            return ""
        case Refusal():
            return outcome.message
        case Kept():
            return outcome.reason


def _outcomes(result: TreeResult) -> Iterator[tuple[FileResult, Outcome]]:
    for file in result.files:
        for outcome in file.outcomes:
            yield file, outcome


def collect(result: TreeResult) -> Statistics:
    """Count a run. Raises CountError where a site has no outcome, or more than one."""
    records = [_record(file, outcome) for file, outcome in _outcomes(result)]
    kinds = Counter(record["outcome"] for record in records)
    sites = sum(file.sites for file in result.files)
    if sites != kinds.total():
        raise CountError(f"{sites} sites, but {kinds.total()} outcomes")
    codes = Counter(r["code"] for r in records if r["code"])
    shapes = Counter(r["shape"] for r in records if r["shape"])
    reasons = Counter(r["reason"] for r in records if r["outcome"] == "plumbing")
    changed = [f for f in result.files if f.change is not None]
    return Statistics(
        root=str(result.root),
        dialect=result.dialect.name,
        sites=sites,
        converted=kinds["converted"],
        plumbing=kinds["plumbing"],
        refused=kinds["refused"],
        by_code=dict(sorted(codes.items())),
        by_shape=dict(sorted(shapes.items())),
        by_reason=dict(sorted(reasons.items())),
        files_changed=len(changed),
        functions_changed=sum(f.functions_changed for f in changed),
        failed_self_check=sum(len(f.failures) for f in result.files),
        site_list=records,
    )
