# SPDX-License-Identifier: GPL-2.0-or-later
"""The figures of a run: what `--stats` writes and the summary says."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from ..c.types import Resolved
from ..convert.conversion import FileResult, Kept, SiteOutcome, TreeResult
from ..convert.naming import NameClash
from ..convert.outcome import Conversion, Refusal
from ..errors import CountError
from ..rules.ruleset import Dialect


class SiteRecord(TypedDict):
    """One site. `path` is relative to the root; `code` is empty but for refusals.

    Line and column count from 1, the column in bytes: together they are a place as `explain` takes it.
    """

    path: str
    line: int
    column: int
    primitive: str
    outcome: str
    code: str
    type: str | None
    function: str
    shape: str
    name: str
    reason: str


class NamesRecord(TypedDict):
    """A value that save and load call by different names: where each is, and the names."""

    path: str
    save_line: int
    load_line: int
    saved: str
    loaded: str


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
    names_differ: list[NamesRecord]
    site_list: list[SiteRecord]


def outcome_name(outcome: SiteOutcome) -> str:
    """The word for an outcome."""
    match outcome:
        case Conversion():
            return "converted"
        case Refusal():
            return "refused"
        case Kept():
            return "plumbing"


def _record_site(file: FileResult, outcome: SiteOutcome) -> SiteRecord:
    site = outcome.site
    resolved = outcome.resolved if isinstance(outcome, Conversion) else None
    place = file.source.position(site.start)
    return SiteRecord(
        path=file.source.name,
        line=place.line,
        column=place.column,
        primitive=site.primitive.name,
        outcome=outcome_name(outcome),
        code=outcome.code if isinstance(outcome, Refusal) else "",
        type=resolved.spelling if isinstance(resolved, Resolved) else None,
        function=site.function,
        shape=outcome.shape if isinstance(outcome, Conversion) else "",
        name=outcome.name if isinstance(outcome, Conversion) else "",
        reason=_reason_of(outcome),
    )


def _reason_of(outcome: SiteOutcome) -> str:
    match outcome:
        case Conversion():
            return ""
        case Refusal():
            return outcome.message
        case Kept():
            return outcome.reason


@dataclass(frozen=True)
class FileCount:
    """What counts of one file: its sites, and whether and how it changes."""

    records: tuple[SiteRecord, ...]
    failures: int
    changed: bool
    functions: int
    differing: tuple[NamesRecord, ...]


def count_file(file: FileResult) -> FileCount:
    """Count a file. Raises CountError where a site has no outcome, or more than one."""
    if file.sites != len(file.outcomes):
        counts = f"{file.sites} sites, but {len(file.outcomes)} outcomes"
        raise CountError(f"{file.source.name}: {counts}")
    records = tuple(_record_site(file, outcome) for outcome in file.outcomes)
    changed = file.change is not None
    functions = file.functions_changed if changed else 0
    differing = tuple(_record_names(file, clash) for clash in file.clashes)
    return FileCount(records, len(file.failures), changed, functions, differing)


def _record_names(file: FileResult, clash: NameClash) -> NamesRecord:
    save, load = (file.source.position(s.start).line for s in (clash.save, clash.load))
    return NamesRecord(
        path=file.source.name,
        save_line=save,
        load_line=load,
        saved=clash.saved,
        loaded=clash.loaded,
    )


class Tally:
    """Counts a run file by file; `keep_sites` is whether `site_list` is to hold a record of each."""

    def __init__(self, root: Path, dialect: Dialect, keep_sites: bool = True) -> None:
        """Nothing is counted yet."""
        self._root, self._dialect, self._keep = root, dialect, keep_sites
        self._sites: list[SiteRecord] = []
        self._differing: list[NamesRecord] = []
        self._kinds: Counter[str] = Counter()
        self._codes: Counter[str] = Counter()
        self._shapes: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self.files_changed = self._functions = self._failures = 0

    def add(self, file: FileCount) -> None:
        """Add a file's count."""
        for record in file.records:
            self._kinds[record["outcome"]] += 1
            self._codes.update([record["code"]] if record["code"] else ())
            self._shapes.update([record["shape"]] if record["shape"] else ())
            self._reasons.update([record["reason"]] if record["outcome"] == "plumbing" else ())
            if self._keep:
                self._sites.append(record)
        self._differing += file.differing
        self._failures += file.failures
        self.files_changed += file.changed
        self._functions += file.functions

    @property
    def sites(self) -> int:
        """How many sites were counted."""
        return self._kinds.total()

    @property
    def figures(self) -> Statistics:
        """What was counted."""
        return Statistics(
            root=str(self._root),
            dialect=self._dialect.name,
            sites=self.sites,
            converted=self._kinds["converted"],
            plumbing=self._kinds["plumbing"],
            refused=self._kinds["refused"],
            by_code=dict(sorted(self._codes.items())),
            by_shape=dict(sorted(self._shapes.items())),
            by_reason=dict(sorted(self._reasons.items())),
            files_changed=self.files_changed,
            functions_changed=self._functions,
            failed_self_check=self._failures,
            names_differ=self._differing,
            site_list=self._sites,
        )


def collect_statistics(result: TreeResult) -> Statistics:
    """Count a run. Raises CountError where a site has no outcome, or more than one."""
    tally = Tally(result.root, result.dialect)
    for file in result.files:
        tally.add(count_file(file))
    return tally.figures
