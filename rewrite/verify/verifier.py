# SPDX-License-Identifier: GPL-2.0-or-later
"""`rewrite verify`: does the compiler make the same machine code of the old and the new text?

For every changed function, in every way in which the build compiles its file. Nothing here prints.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from ..convert.conversion import CheckFailure, Converter, convert_tree
from ..convert.vocabulary import make_vocabulary, self_check
from ..errors import InputError
from ..files.digest import sha256
from ..files.git import find_base, run_git
from ..files.source import SourceFile
from ..files.tree import read_file
from ..rules.ruleset import Dialect, Rules
from .build import CompileCommand
from .cache import Cache
from .shim import make_shim
from .text import SHIM_NAME, Changed, Texts, WireWords, instrument_texts
from .unit import (
    ABSENT,
    BROKEN,
    DIFFERS,
    OLD_BROKEN,
    PROVED,
    REDEFINED,
    UNHEARD,
    UNSETTLED,
    WARNS,
    Job,
    Verdict,
)

WIRE = "wire"
"""The outcome of a function that the wire check finds changed: no compiler is asked then."""
PARTLY = "partly-compiled"
"""What is compiled is proved, but no command compiles some of the lines that changed."""

_WORST_FIRST = (
    WIRE,
    DIFFERS,
    WARNS,
    BROKEN,
    UNSETTLED,
    UNHEARD,
    REDEFINED,
    PARTLY,
    OLD_BROKEN,
    PROVED,
    ABSENT,
)
FAILURES = frozenset({WIRE, DIFFERS, WARNS, BROKEN})
"""The outcomes that make the exit status 3."""
OPEN = frozenset({UNSETTLED, UNHEARD, REDEFINED, PARTLY})
"""Those that make it 1: other compilers, flags or commands could settle them."""

SAID = {
    PROVED: "proved: identical machine code",
    WIRE: "differs on the wire",
    DIFFERS: "machine code differs",
    WARNS: "the new text has a new warning",
    BROKEN: "the new text does not compile",
    UNHEARD: "not proved: machine code is identical, but the compiler tells no warnings",
    OLD_BROKEN: "not proved: the old text does not compile either",
    ABSENT: "not proved: no command of the build compiles it",
    PARTLY: "not proved: no command compiles some of the lines that changed",
    REDEFINED: "not proved: something else has the name of a wire operation",
    UNSETTLED: "not proved: machine code differs; clang is not installed and proves some of these",
}
"""Each outcome in words."""


@dataclass(frozen=True)
class TextPair:
    """The old and the new text of one file; `name` is its path in the tree.

    `is_written`: the new text is what the file holds, not only what it would be given.
    """

    path: Path
    name: str
    old: bytes
    new: bytes
    is_written: bool = False

    @property
    def on_disk(self) -> bytes:
        """What the file holds."""
        return self.new if self.is_written else self.old


@dataclass(frozen=True)
class Proof:
    """What became of one changed function, one definition of it: the worst of its compilations.

    `line` and `new_line` are where it begins in the old and in the new text, 0 for what is in none.
    `methods` say how it was proved and how often, `compiled` counts its compilations, `unit` is the
    one that `detail` speaks of. `configurations` has the outcome in each of them by its name, and
    `dead` the lines of its new text that none of them compiles.
    """

    path: Path
    name: str
    function: str
    line: int
    outcome: str
    methods: dict[str, int]
    compiled: int
    unit: str
    detail: str
    configurations: dict[str, str]
    dead: tuple[int, ...]
    new_line: int = 0


class FunctionRecord(TypedDict):
    """One function as `--stats` writes it."""

    path: str
    function: str
    line: int
    outcome: str
    methods: dict[str, int]
    compilations: int
    unit: str
    detail: str
    configurations: dict[str, str]
    lines_not_compiled: list[int]


class FileRecord(TypedDict):
    """The texts that were judged, as SHA-256: a proof holds for them and for no others."""

    path: str
    old_sha256: str
    new_sha256: str


class Figures(TypedDict):
    """What `--stats` writes as JSON."""

    functions: int
    by_outcome: dict[str, int]
    by_method: dict[str, int]
    compilations: int
    from_cache: int
    lines_not_compiled: int
    seconds: float
    file_list: list[FileRecord]
    function_list: list[FunctionRecord]


@dataclass(frozen=True)
class Report:
    """All pairs, their proofs, how many compilations there were and were known, and the time."""

    pairs: tuple[TextPair, ...]
    proofs: tuple[Proof, ...]
    compilations: int
    from_cache: int
    seconds: float


def dry_run_pairs(
    converter: Converter, paths: Sequence[Path]
) -> tuple[list[TextPair], list[tuple[SourceFile, CheckFailure]]]:
    """The files that a conversion would change, and what its self-check found wrong."""
    result = convert_tree(converter, paths)
    pairs = [
        TextPair(c.source.path, c.source.name, c.source.data, c.new) for c in result.changes
    ]  # fmt: skip
    return pairs, [(file.source, failure) for file in result.files for failure in file.failures]


def _new_text(path: Path) -> bytes:
    """The text of a file. Raises InputError for one that is not to be read."""
    try:
        return read_file(str(path))
    except OSError as error:
        raise InputError(str(path), f"cannot read: {error.strerror}") from error


def base_pairs(root: Path, revision: str, paths: Sequence[Path]) -> list[TextPair]:
    """The C files under `paths` that differ from a revision of the tree's git repository.

    Raises InputError where git can't tell.
    """
    specs = [str(path.resolve()) for path in paths]
    # A file that the revision has not has no old text to compare with.
    which = ("--name-only", "-z", "--relative", "--no-renames", "--diff-filter=a")
    base = find_base(root, revision)
    if base is None:
        return []
    listed = run_git(root, "diff", *which, base.commit, "--", *specs)
    pairs = []
    for name in os.fsdecode(listed).split("\0"):
        path = root / name
        if path.suffix in (".c", ".h") and path.is_file():
            old = run_git(root, "cat-file", "blob", f"{base.commit}:./{name}")
            pairs.append(TextPair(path.resolve(), name, old, _new_text(path), is_written=True))
    return [p for p in pairs if p.old]


@dataclass
class Verifier:
    """Proves pairs of texts in one dialect. `advance` is called with (done, all) as it goes on."""

    rules: Rules
    dialect: Dialect
    cache: Cache
    workers: int = 0
    advance: Callable[[int, int], None] = lambda done, total: None

    def run(self, pairs: Sequence[TextPair], commands: Sequence[CompileCommand]) -> Report:
        """Judge every changed function of every pair by the commands for its file."""
        began = time.monotonic()
        words, header = WireWords(self.rules, self.dialect), make_shim(self.rules, self.dialect)
        texts = {p.path: instrument_texts(p.old, p.new, words) for p in pairs}
        wrong = {p.path: self._check_wire(p) for p in pairs}
        with tempfile.TemporaryDirectory(prefix="rewrite-verify-") as scratch:
            jobs = _make_jobs(Path(scratch), texts, commands, header)
            verdicts, known = self._judge_jobs(jobs, header)
        proofs = [
            proof
            for pair in pairs
            for proof in _make_proofs(pair, texts[pair.path], verdicts.get(pair.path, []), wrong)
        ]
        return Report(tuple(pairs), tuple(proofs), len(jobs), known, time.monotonic() - began)

    def _check_wire(self, pair: TextPair) -> dict[str, str]:
        """The functions that the wire check finds changed, with what it says."""
        found = self_check(pair.old, pair.new, make_vocabulary(self.rules, self.dialect))
        return {m.function: f"{m.message}\n  old: {m.old}\n  new: {m.new}" for m in found}

    def _judge_jobs(
        self, jobs: Sequence[Job], header: str
    ) -> tuple[dict[Path, list[tuple[str, Verdict]]], int]:
        found: dict[Path, list[tuple[str, Verdict]]] = {}
        known = 0
        with ThreadPoolExecutor(self.workers or os.cpu_count() or 1) as pool:
            results = pool.map(lambda job: self.cache.judged(job, header), jobs)
            for done, (job, (verdicts, cached)) in enumerate(zip(jobs, results, strict=True), 1):
                known += cached
                into = found.setdefault(job.command.path, [])
                into += [(job.command.label, verdict) for verdict in verdicts]
                self.advance(done, len(jobs))
        return found, known


def _make_jobs(
    scratch: Path, texts: dict[Path, Texts], commands: Sequence[CompileCommand], header: str
) -> list[Job]:
    """What is to be compiled, and how."""
    (scratch / SHIM_NAME).write_text(header, encoding="utf-8")
    numbers = {path: str(number) for number, path in enumerate(texts)}
    return [
        Job(command, texts[command.path], scratch, numbers[command.path])
        for command in commands
        if command.path in texts and texts[command.path].functions
    ]


def _make_proofs(
    pair: TextPair,
    texts: Texts,
    verdicts: list[tuple[str, Verdict]],
    wrong: dict[Path, dict[str, str]],
) -> list[Proof]:
    proofs = []
    mismatches = wrong[pair.path]
    for function in texts.functions:
        mine = [(unit, v) for unit, v in verdicts if v.number == function.number]
        if function.name in mismatches:
            detail = mismatches[function.name]
            mine.append(("", Verdict(function.number, function.name, WIRE, "", detail)))
        proofs.append(_choose_worst(pair, function, mine))
    judged = {function.name for function in texts.functions}
    for name, detail in mismatches.items():
        if name not in judged:
            told = name or "(outside functions)"
            proofs.append(Proof(pair.path, pair.name, told, 0, WIRE, {}, 0, "", detail, {}, ()))
    return proofs


def _choose_worst(pair: TextPair, function: Changed, verdicts: list[tuple[str, Verdict]]) -> Proof:
    ranked = sorted(verdicts, key=lambda uv: _WORST_FIRST.index(uv[1].outcome))
    unit, worst = ranked[0] if ranked else ("", Verdict(0, function.name, ABSENT))
    outcome, detail = worst.outcome, worst.detail
    methods = Counter(v.method for _, v in verdicts if v.method)
    compiled = [(unit, v) for unit, v in verdicts if unit and v.outcome != ABSENT]
    built = [v for _, v in compiled if v.outcome not in (BROKEN, OLD_BROKEN)]
    old_dead = _in_none([v.old_dead for v in built])
    new_dead = _in_none([v.new_dead for v in built] or [function.all_lines])
    changed, lost = new_dead - function.kept, old_dead - function.old_kept
    if outcome == PROVED and (changed or lost):
        text = "new" if changed else "old"
        outcome, unit, detail = PARTLY, "", f"{spell_ranges(changed or lost)} of the {text} text"
    return Proof(
        path=pair.path,
        name=pair.name,
        function=function.name,
        line=function.old_lines[0],
        outcome=outcome,
        methods=dict(methods),
        compiled=len(compiled),
        unit=unit,
        detail=detail,
        configurations={unit: v.outcome for unit, v in reversed(ranked) if unit},
        dead=tuple(sorted(new_dead)),
        new_line=function.new_lines[0],
    )


def _in_none(dead: Sequence[tuple[int, ...]]) -> frozenset[int]:
    """The lines that are dead in every compilation."""
    return frozenset.intersection(*map(frozenset, dead)) if dead else frozenset()


def spell_ranges(lines: Collection[int]) -> str:
    """Line numbers for people: `line 3` or `lines 3-5, 9`."""
    runs: list[list[int]] = []
    for line in sorted(lines):
        if runs and line == runs[-1][1] + 1:
            runs[-1][1] = line
        else:
            runs.append([line, line])
    told = ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)
    return f"line{'s' * (len(lines) > 1)} {told}"


def count_figures(report: Report) -> Figures:
    """Count a report. A function counts for the weakest method that one of its compilations needed."""
    methods: Counter[str] = Counter()
    for proof in report.proofs:
        if proof.outcome == PROVED:
            methods[" + ".join(sorted(proof.methods))] += 1
    return Figures(
        functions=len(report.proofs),
        by_outcome=dict(sorted(Counter(p.outcome for p in report.proofs).items())),
        by_method=dict(sorted(methods.items())),
        compilations=report.compilations,
        from_cache=report.from_cache,
        lines_not_compiled=sum(len(p.dead) for p in report.proofs),
        seconds=round(report.seconds, 1),
        file_list=[
            FileRecord(path=p.name, old_sha256=sha256(p.old), new_sha256=sha256(p.new))
            for p in report.pairs
        ],
        function_list=[
            FunctionRecord(
                path=p.name,
                function=p.function,
                line=p.line,
                outcome=p.outcome,
                methods=p.methods,
                compilations=p.compiled,
                unit=p.unit,
                detail=p.detail,
                configurations=p.configurations,
                lines_not_compiled=list(p.dead),
            )
            for p in report.proofs
        ],
    )
