# SPDX-License-Identifier: GPL-2.0-or-later
"""What the page of `rewrite report` shows, as plain data: directories, files, functions, sites.

The page itself is made by `report_page`. Everything is in the order of the tree, nothing depends on
the time or the machine.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from ..convert.codes import CODES
from ..convert.conversion import Converter, FileResult, SiteOutcome, TreeResult
from ..convert.outcome import Conversion, Refusal
from ..files.source import SourceFile
from ..printable import one_line
from .explain import call_text, describe_role, list_facts, wire_of
from .proofs import STATES, Proofs, ProofState
from .side_by_side import LineRow, SiteSpan, TextComparison, make_visible
from .statistics import collect_statistics, outcome_name

OUTCOMES = ("converted", "plumbing", "refused")
"""What becomes of a site, in the order in which it is shown."""

_NO_FUNCTION = "outside functions"


@dataclass(frozen=True)
class Counts:
    """How many sites became what."""

    converted: int = 0
    plumbing: int = 0
    refused: int = 0

    @property
    def total(self) -> int:
        """All sites."""
        return self.converted + self.plumbing + self.refused

    def parts(self) -> tuple[tuple[str, int], ...]:
        """The outcomes that there are, with their numbers, in the order of OUTCOMES."""
        numbers = (self.converted, self.plumbing, self.refused)
        return tuple((n, c) for n, c in zip(OUTCOMES, numbers, strict=True) if c)


@dataclass(frozen=True)
class SiteView:
    """One site: its number on the page, its place, the call, what became of it and what is known."""

    number: int
    line: int
    column: int
    call: str
    outcome: str
    code: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class FunctionView:
    """One function with sites. `handler` says what registers it, if anything, `proof` may be None.

    `anchor` names it on the page of any run; `source` is an address of its text, or empty.
    """

    anchor: str
    source: str
    name: str
    line: int
    handler: str
    sites: tuple[SiteView, ...]
    counts: Counts
    rows: tuple[LineRow, ...]
    proof: ProofState | None


@dataclass(frozen=True)
class FileView:
    """One file with sites; `notes` are failed checks and names that differ between save and load."""

    anchor: str
    path: str
    counts: Counts
    functions: tuple[FunctionView, ...]
    notes: tuple[str, ...]


@dataclass
class DirectoryView:
    """A directory: `label` is its name below the one that it is shown in."""

    path: str
    label: str
    counts: Counts = Counts()
    directories: list[DirectoryView] = field(default_factory=list)
    files: list[FileView] = field(default_factory=list)


@dataclass(frozen=True)
class Stay:
    """Sites that stay for one reason; `key` is the refusal's code, empty for plumbing."""

    code: str
    reason: str
    explanation: str
    sites: tuple[tuple[FileView, FunctionView, SiteView], ...]


@dataclass(frozen=True)
class PageOrigin:
    """What a page was made of: the command, the commit of the tree and its date, if it has one.

    `commit` and `date` are empty without one; `changed` is whether files differ from it. `source` is
    the address of a line, with {path}, {line} and {commit} to be filled in, or empty.
    """

    command: str = ""
    commit: str = ""
    date: str = ""
    changed: bool = False
    source: str = ""

    def address(self, path: str, line: int) -> str:
        """The address of a line of a file, empty where none is known."""
        values = {
            "path": quote(path, errors="surrogateescape"),
            "line": str(line),
            "commit": self.commit,
        }
        return re.sub(r"\{(path|line|commit)\}", lambda m: values[m[1]], self.source)


@dataclass(frozen=True)
class ReportView:
    """The whole page. `proofs` counts the states of changed functions, None without `--verify`."""

    title: str
    origin: PageOrigin
    compilers: tuple[str, ...]
    dialect: str
    counts: Counts
    files_changed: int
    functions_changed: int
    files: tuple[FileView, ...]
    top: DirectoryView
    stays: tuple[Stay, ...]
    proofs: Mapping[str, int] | None
    skipped: tuple[tuple[str, str], ...]


def shown_name(name: str) -> str:
    """A file's name as text: bytes that are not UTF-8 and characters without a shape are spelled."""
    return make_visible(one_line(name))


def count_outcomes(outcomes: Iterable[SiteOutcome]) -> Counts:
    """Count outcomes."""
    return Counts(**Counter(map(outcome_name, outcomes)))


class _Numbers:
    """Numbers for the page, each kind from 1, and names that stay from run to run."""

    def __init__(self, origin: PageOrigin) -> None:
        self.origin = origin
        self._last: Counter[str] = Counter()
        self._anchors: Counter[str] = Counter()

    def anchor(self, *parts: str) -> str:
        """A name for what is called so, with a number where the same name came before."""
        name = quote(":".join(parts), safe="/:.", errors="surrogateescape")
        self._anchors[name] += 1
        return name if self._anchors[name] == 1 else f"{name}:{self._anchors[name]}"

    def next(self, kind: str) -> int:
        self._last[kind] += 1
        return self._last[kind]


def build_report(
    converter: Converter,
    result: TreeResult,
    proofs: Proofs | None = None,
    origin: PageOrigin = PageOrigin(),
) -> ReportView:
    """The page of a run. Raises CountError where the outcomes don't add up to the sites."""
    figures = collect_statistics(result)
    numbers = _Numbers(origin)
    files = tuple(_view_file(converter, f, proofs, numbers) for f in result.files)
    states = Counter(f.proof.state for file in files for f in file.functions if f.proof)
    return ReportView(
        title=shown_name(result.root.name),
        origin=origin,
        compilers=proofs.compilers if proofs is not None else (),
        dialect=result.dialect.name,
        counts=Counts(figures["converted"], figures["plumbing"], figures["refused"]),
        files_changed=figures["files_changed"],
        functions_changed=figures["functions_changed"],
        files=files,
        top=_view_directories(files),
        stays=tuple(_list_stays(files)),
        proofs={s: states[s] for s in STATES if states[s]} if proofs is not None else None,
        skipped=tuple((shown_name(s.path), s.reason) for s in result.skipped),
    )


# -- files and functions ---------------------------------------------------------------------------


def _view_file(
    converter: Converter, file: FileResult, proofs: Proofs | None, numbers: _Numbers
) -> FileView:
    anchor = numbers.anchor(file.source.name)
    sites = [_view_site(converter, file, outcome, numbers) for outcome in file.outcomes]
    spans = [
        SiteSpan(outcome.site.start, outcome.site.end, site.number)
        for outcome, site in zip(file.outcomes, sites, strict=True)
    ]
    comparison = TextComparison(file.change, file.edits, spans) if file.change is not None else None
    groups: dict[tuple[str, int], list[int]] = {}
    for index, outcome in enumerate(file.outcomes):
        function = outcome.site.place.function
        at = function.start_byte if function is not None else -1
        groups.setdefault((outcome.site.function, at), []).append(index)
    maker = _FunctionViews(file, comparison, proofs, numbers)
    functions = [
        maker.view_function([file.outcomes[i] for i in group], [sites[i] for i in group])
        for group in groups.values()
    ]
    return FileView(
        anchor=anchor,
        path=shown_name(file.source.name),
        counts=count_outcomes(file.outcomes),
        functions=(*functions, *maker.view_rest()),
        notes=tuple(_list_notes(file)),
    )


def _view_site(
    converter: Converter, file: FileResult, outcome: SiteOutcome, numbers: _Numbers
) -> SiteView:
    place = file.source.position(outcome.site.start)
    known = [*list_facts(converter, outcome), ("wire", wire_of(outcome))]
    return SiteView(
        number=numbers.next("site"),
        line=place.line,
        column=place.column,
        call=make_visible(call_text(file.source, outcome)),
        outcome=outcome_name(outcome),
        code=outcome.code if isinstance(outcome, Refusal) else "",
        facts=tuple((label, make_visible(text)) for label, text in known),
    )


def _list_notes(file: FileResult) -> Iterator[str]:
    for failure in file.failures:
        yield (
            f"line {failure.line}: self-check failed in {failure.function}(): {failure.message}; "
            "the function is left alone"
        )
    for clash in file.clashes:
        line = file.source.position(clash.load.start).line
        yield make_visible(
            f"line {line}: loads {clash.loaded} where {clash.save.function}() saves {clash.saved}"
        )


class _FunctionViews:
    """Makes the functions of one file, and knows which changes none of them showed."""

    def __init__(
        self,
        file: FileResult,
        comparison: TextComparison | None,
        proofs: Proofs | None,
        numbers: _Numbers,
    ) -> None:
        self._file, self._comparison, self._proofs = file, comparison, proofs
        self._numbers = numbers
        self._ranges: list[tuple[int, int]] = []

    def view_function(
        self, outcomes: Sequence[SiteOutcome], sites: Sequence[SiteView]
    ) -> FunctionView:
        """The function that holds these sites."""
        first, last = _line_range(self._file.source, outcomes)
        self._ranges.append((first, last))
        name = outcomes[0].site.function
        changed = any(isinstance(o, Conversion) for o in outcomes)
        compared = self._comparison is not None and changed
        return FunctionView(
            anchor=self._make_anchor(name),
            source=self._numbers.origin.address(self._file.source.name, first),
            name=make_visible(f"{name}()") if name else _NO_FUNCTION,
            line=first,
            handler=make_visible(_describe_handler(self._file, name)),
            sites=tuple(sites),
            counts=count_outcomes(outcomes),
            rows=self._comparison.make_rows(first, last) if self._comparison and changed else (),
            proof=self._find_proof(name, first, last) if compared else None,
        )

    def _make_anchor(self, function: str) -> str:
        return self._numbers.anchor(self._file.source.name, function or "-")

    def _find_proof(self, name: str, first: int, last: int) -> ProofState | None:
        if self._proofs is None or self._file.change is None:
            return None
        return self._proofs.proof_of(self._file.change, name, first, last)

    def view_rest(self) -> Iterator[FunctionView]:
        """A view of what changed in no function, if anything did."""
        rows = self._comparison.make_rest(self._ranges) if self._comparison is not None else ()
        if rows:
            line = next((r.old_line for r in rows if r.old_line is not None), 1)
            yield FunctionView(
                self._make_anchor(""), "", _NO_FUNCTION, line, "", (), Counts(), rows, None
            )


def _line_range(source: SourceFile, outcomes: Sequence[SiteOutcome]) -> tuple[int, int]:
    """The first and last line of the function around sites, or of the sites where there is none."""
    node = outcomes[0].site.place.function
    start = node.start_byte if node is not None else outcomes[0].site.start
    end = node.end_byte if node is not None else max(o.site.end for o in outcomes)
    return source.position(start).line, source.position(max(end - 1, start)).line


def _describe_handler(file: FileResult, function: str) -> str:
    role = file.roles.get(function)
    if role is None:
        return ""
    return describe_role(role, f"line {file.source.position(role.offset).line}")


# -- directories and reasons -----------------------------------------------------------------------


def _view_directories(files: Sequence[FileView]) -> DirectoryView:
    """The tree of the files' directories; one that holds nothing but another is joined with it."""
    top = DirectoryView("", "")
    known = {"": top}
    for file in files:
        _find_folder(file.path.rpartition("/")[0], known).files.append(file)
    _sum_folder(top)
    return top


def _find_folder(path: str, known: dict[str, DirectoryView]) -> DirectoryView:
    if path not in known:
        above, _, label = path.rpartition("/")
        known[path] = DirectoryView(path, label)
        _find_folder(above, known).directories.append(known[path])
    return known[path]


def _sum_folder(folder: DirectoryView) -> DirectoryView:
    """Count a directory and all below it, and join what has no branches."""
    folder.directories = [_sum_folder(inner) for inner in folder.directories]
    total = Counter[str]()
    below = [d.counts for d in folder.directories] + [f.counts for f in folder.files]
    for counts in below:
        total.update(dict(counts.parts()))
    folder.counts = Counts(**total)
    if folder.label and not folder.files and len(folder.directories) == 1:
        only = folder.directories[0]
        only.label = f"{folder.label}/{only.label}"
        return only
    return folder


def _list_stays(files: Sequence[FileView]) -> Iterator[Stay]:
    """The sites that stay, by reason: refusals first, then what is more frequent first."""
    groups: dict[tuple[str, str], list[tuple[FileView, FunctionView, SiteView]]] = {}
    for file in files:
        for function in file.functions:
            for site in function.sites:
                if site.outcome != "converted":
                    key = (site.code, "" if site.code else dict(site.facts)["plumbing"])
                    groups.setdefault(key, []).append((file, function, site))
    ordered = sorted(groups.items(), key=lambda item: (not item[0][0], -len(item[1]), item[0]))
    for (code, reason), sites in ordered:
        known = CODES.get(code)
        text = f"{known.explanation} {known.advice}" if known else ""
        yield Stay(code, known.summary if known else reason, text, tuple(sites))
