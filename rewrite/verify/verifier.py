# SPDX-License-Identifier: GPL-2.0-or-later
"""`rewrite verify`: does the compiler make the same machine code of the old and the new text?

For every changed function, in every way in which the build compiles its file. Nothing here prints.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from ..convert.conversion import Converter, convert_tree
from ..convert.vocabulary import self_check, vocabulary
from ..files.digest import sha256
from ..files.git import run_git
from ..rules.ruleset import Dialect, Rules
from .build import Command
from .cache import Cache
from .shim import shim
from .text import SHIM_NAME, Texts, Words, instrument
from .unit import ABSENT, BROKEN, DIFFERS, OLD_BROKEN, PROVED, UNSETTLED, WARNS, Job, Verdict

WIRE = "wire"
"""The outcome of a function that the wire check finds changed: no compiler is asked then."""

_WORST_FIRST = (WIRE, DIFFERS, WARNS, BROKEN, UNSETTLED, OLD_BROKEN, PROVED, ABSENT)
FAILURES = frozenset({WIRE, DIFFERS, WARNS, BROKEN})
"""The outcomes that make the exit status 3."""

SAID = {
    PROVED: "proved: identical machine code",
    WIRE: "differs on the wire",
    DIFFERS: "machine code differs",
    WARNS: "the new text has a new warning",
    BROKEN: "the new text does not compile",
    OLD_BROKEN: "not proved: the old text does not compile either",
    ABSENT: "not proved: no command of the build compiles it",
    UNSETTLED: "not proved: machine code differs; clang is not installed and proves some of these",
}
"""Each outcome in words."""


@dataclass(frozen=True)
class Pair:
    """The old and the new text of one file; `name` is its path in the tree."""

    path: Path
    name: str
    old: bytes
    new: bytes


@dataclass(frozen=True)
class Proof:
    """What became of one changed function: the worst of its compilations.

    `methods` say how it was proved and how often, `compiled` counts its compilations, `unit` is the
    one that `detail` speaks of.
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
    seconds: float
    file_list: list[FileRecord]
    function_list: list[FunctionRecord]


@dataclass(frozen=True)
class Report:
    """All pairs, their proofs, how many compilations there were and were known, and the time."""

    pairs: tuple[Pair, ...]
    proofs: tuple[Proof, ...]
    compilations: int
    from_cache: int
    seconds: float


def dry_run_pairs(converter: Converter, paths: Sequence[Path]) -> tuple[list[Pair], list[str]]:
    """The files that a conversion would change, and what its self-check found wrong."""
    result = convert_tree(converter, paths)
    pairs = [
        Pair(c.source.path, c.source.name, c.source.data, c.new) for c in result.changes
    ]  # fmt: skip
    failures = [
        f"{f.source.name}:{x.line}: {x.function}(): {x.message}"
        for f in result.files
        for x in f.failures
    ]
    return pairs, failures


def base_pairs(root: Path, revision: str, paths: Sequence[Path]) -> list[Pair]:
    """The C files under `paths` that differ from a revision of the tree's git repository.

    Raises InputError where git can't tell.
    """
    specs = [str(path.resolve()) for path in paths]
    # A file that the revision has not has no old text to compare with.
    which = ("--name-only", "-z", "--relative", "--no-renames", "--diff-filter=a")
    listed = run_git(root, "diff", *which, "--end-of-options", revision, "--", *specs)
    pairs = []
    for name in listed.decode("utf-8", "surrogateescape").split("\0"):
        path = root / name
        if path.suffix in (".c", ".h") and path.is_file():
            old = run_git(root, "show", "--end-of-options", f"{revision}:./{name}")
            pairs.append(Pair(path.resolve(), name, old, path.read_bytes()))
    return [p for p in pairs if p.old]


@dataclass
class Verifier:
    """Proves pairs of texts in one dialect. `advance` is called with (done, all) as it goes on."""

    rules: Rules
    dialect: Dialect
    cache: Cache
    workers: int = 0
    advance: Callable[[int, int], None] = lambda done, total: None

    def run(self, pairs: Sequence[Pair], commands: Sequence[Command]) -> Report:
        """Judge every changed function of every pair by the commands for its file."""
        began = time.monotonic()
        words, header = Words(self.rules, self.dialect), shim(self.rules, self.dialect)
        texts = {p.path: instrument(p.old, p.new, words) for p in pairs}
        wrong = {p.path: self._wire(p) for p in pairs}
        with tempfile.TemporaryDirectory(prefix="rewrite-verify-") as scratch:
            jobs = _jobs(Path(scratch), texts, commands, header)
            verdicts, known = self._judged(jobs, header)
        proofs = [
            proof
            for pair in pairs
            for proof in _proofs(pair, texts[pair.path], verdicts.get(pair.path, []), wrong)
        ]
        return Report(tuple(pairs), tuple(proofs), len(jobs), known, time.monotonic() - began)

    def _wire(self, pair: Pair) -> dict[str, str]:
        """The functions that the wire check finds changed, with what it says."""
        found = self_check(pair.old, pair.new, vocabulary(self.rules, self.dialect))
        return {m.function: f"{m.message}\n  old: {m.old}\n  new: {m.new}" for m in found}

    def _judged(
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


def _jobs(
    scratch: Path, texts: dict[Path, Texts], commands: Sequence[Command], header: str
) -> list[Job]:
    """Write what is to be compiled, and say how."""
    (scratch / SHIM_NAME).write_text(header, encoding="utf-8")
    written: dict[Path, tuple[Path, Path]] = {}
    for number, (path, text) in enumerate(texts.items()):
        written[path] = (scratch / f"{number}-old.c", scratch / f"{number}-new.c")
        written[path][0].write_bytes(text.old)
        written[path][1].write_bytes(text.new)
    return [
        Job(command, *written[command.path], texts[command.path].functions)
        for command in commands
        if command.path in texts and texts[command.path].functions
    ]


def _proofs(
    pair: Pair,
    texts: Texts,
    verdicts: list[tuple[str, Verdict]],
    wrong: dict[Path, dict[str, str]],
) -> list[Proof]:
    proofs = []
    mismatches = dict(wrong[pair.path])
    for function in texts.functions:
        mine = [(unit, v) for unit, v in verdicts if v.function == function.name]
        if function.name in mismatches:
            detail = mismatches.pop(function.name)
            mine.append(("", Verdict(function.name, WIRE, "", detail)))
        proofs.append(_worst(pair, function.name, function.old_lines[0], mine))
    for name, detail in mismatches.items():
        verdict = Verdict(name or "(outside functions)", WIRE, "", detail)
        proofs.append(_worst(pair, verdict.function, 0, [("", verdict)]))
    return proofs


def _worst(pair: Pair, function: str, line: int, verdicts: list[tuple[str, Verdict]]) -> Proof:
    ranked = sorted(verdicts, key=lambda uv: _WORST_FIRST.index(uv[1].outcome))
    unit, worst = ranked[0] if ranked else ("", Verdict(function, ABSENT))
    methods = Counter(v.method for _, v in verdicts if v.method)
    compiled = sum(1 for unit, v in verdicts if unit and v.outcome != ABSENT)
    return Proof(
        pair.path, pair.name, function, line, worst.outcome, dict(methods), compiled, unit,
        worst.detail,
    )  # fmt: skip


def figures(report: Report) -> Figures:
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
            )
            for p in report.proofs
        ],
    )
