# SPDX-License-Identifier: GPL-2.0-or-later
"""`rewrite verify --to vmstate`: tables and the functions that they stand for, run side by side."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..errors import InputError, UsageError
from ..files.tree import root_of
from ..printable import printable, shown
from ..tables.conversion import TableConverter
from ..trials.run import Trial, TrialVerdict, try_subjects
from ..trials.subject import subjects_of
from ..verify.build import from_template, read_database
from .main import FINDINGS, OK, SELF_CHECK, load_rules, write_stats
from .terminal import show_progress
from .to_vmstate import name_pair

_TOLD = {
    TrialVerdict.SAME: ("note", "functions and table do the same"),
    TrialVerdict.DIFFERS: ("error", "functions and table differ"),
    TrialVerdict.NOT_RUN: ("note", "not run"),
}


def verify_tables(args: argparse.Namespace) -> int:
    """Run what the arguments ask for; gives the exit status."""
    if args.base is not None or args.dialect != "auto":
        raise UsageError("rewrite verify: error: --base, --dialect: not with --to vmstate")
    if not 1 <= args.trials <= 1_000_000:
        raise InputError("--trials", "must be 1 to 1000000")
    rules = load_rules(args.rules)
    root = root_of(args.root, args.paths, rules.root_markers)
    converter = TableConverter(root, rules)
    subjects = subjects_of(converter.convert(args.paths).files)
    files = [Path(subject.source.path).resolve() for subject in subjects]
    commands = read_database(args.build, files) if args.build else from_template(args.cc, files)
    with show_progress("running") as advance:
        trials = try_subjects(subjects, commands, rules, converter, args.trials, advance)
    for text in _list_diagnostics(trials, root, args.verbose):
        print(printable(text), file=sys.stderr)
    counts = Counter(t.verdict for t in trials)
    write_stats(args.stats, _count_figures(trials, counts, args.trials))
    print(_summarise_trials(trials, counts), file=sys.stderr)
    if counts[TrialVerdict.DIFFERS]:
        return SELF_CHECK
    wanting = counts[TrialVerdict.NOT_RUN] if args.require_proof else 0
    return FINDINGS if wanting or not counts[TrialVerdict.SAME] else OK


def _list_diagnostics(trials: Sequence[Trial], root: Path, verbose: bool) -> Iterator[str]:
    for trial in trials:
        kind, words = _TOLD[trial.verdict]
        if trial.verdict is TrialVerdict.SAME:
            if verbose:
                yield f"{_spell_place(trial, root)}: {kind}: {name_pair(trial.pair.pair)}: {words}"
            continue
        first, *more = trial.detail.splitlines()
        told = f"{words}: {first}" if trial.verdict is TrialVerdict.NOT_RUN else words
        lines = more if trial.verdict is TrialVerdict.NOT_RUN else [first, *more]
        head = f"{_spell_place(trial, root)}: {kind}: {name_pair(trial.pair.pair)}: {told}"
        yield "\n".join([f"{head} [{trial.verdict.value}]", *(f"    {line}" for line in lines)])


def _spell_place(trial: Trial, root: Path) -> str:
    return f"{shown(root / trial.path)}:{trial.pair.pair.place.line}:1"


def _count_figures(
    trials: Sequence[Trial], counts: Mapping[TrialVerdict, int], rounds: int
) -> Mapping[str, object]:
    return {
        "pairs": len(trials),
        "by_outcome": {verdict.value: counts[verdict] for verdict in TrialVerdict},
        "trials": rounds,
        "compared": sum(t.lines for t in trials),
        "pair_list": [
            {
                "path": t.path, "section": t.pair.pair.idstr, "table": t.pair.symbol,
                "outcome": t.verdict.value, "detail": t.detail, "compared": t.lines,
                "ended": t.ended, "left_otherwise": t.left,
            }
            for t in trials
        ],
    }  # fmt: skip


def _summarise_trials(trials: Sequence[Trial], counts: Mapping[TrialVerdict, int]) -> str:
    lines = [
        f"{len(trials)} pairs: {counts[TrialVerdict.SAME]} do the same, "
        f"{counts[TrialVerdict.DIFFERS]} differ, {counts[TrialVerdict.NOT_RUN]} not run",
        f"{sum(t.lines for t in trials)} saves and loads compared",
    ]
    if left := sum(t.left for t in trials):
        lines.append(f"{left} loads of cut-off streams failed both ways and left different states")
    return "\n".join(lines)
