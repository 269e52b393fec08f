# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the programs of both texts on the same random states, and compares what they write down."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import zip_longest
from pathlib import Path

from ..rules.ruleset import Rules
from ..tables.outcome import Converted
from ..verify.build import CompileCommand
from .program import NotRunError, Objects, ProgramMaker, Programs
from .subject import Subject, TreeNames, label_of

_TIME = 240


class TrialVerdict(Enum):
    """What became of one pair."""

    SAME = "same"
    DIFFERS = "differs"
    NOT_RUN = "not-run"


@dataclass(frozen=True)
class Trial:
    """One pair in one compilation: `lines` were compared, `ended` of them where code ran into what a
    stand-in can't give; `left` is in how many cut-off streams a failed load left something else."""

    path: str
    pair: Converted
    verdict: TrialVerdict
    detail: str = ""
    lines: int = 0
    ended: int = 0
    left: int = 0


def try_subjects(
    subjects: Sequence[Subject],
    commands: Sequence[CompileCommand],
    rules: Rules,
    names: TreeNames,
    rounds: int,
    advance: Callable[[int, int], None] = lambda done, total: None,
) -> list[Trial]:
    """Run every pair in every way in which its file is compiled; the worst of these is told."""
    with tempfile.TemporaryDirectory(prefix="rewrite-trials-") as folder:
        shared = Objects(Path(folder))
        return _try_all(subjects, commands, _Tools(rules, names, rounds, shared), advance)


@dataclass(frozen=True)
class _Tools:
    rules: Rules
    names: TreeNames
    rounds: int
    shared: Objects


def _try_all(
    subjects: Sequence[Subject],
    commands: Sequence[CompileCommand],
    tools: _Tools,
    advance: Callable[[int, int], None],
) -> list[Trial]:
    found = []
    for number, subject in enumerate(subjects):
        own = [c for c in commands if c.path == Path(subject.source.path).resolve()]
        tried = [_try_one(subject, command, tools) for command in own]
        if not own:
            tried = [_not_run(subject, "the build does not compile the file")]
        found += [_choose_worst(trials) for trials in zip(*tried, strict=True)]
        advance(number + 1, len(subjects))
    return found


def _choose_worst(trials: Sequence[Trial]) -> Trial:
    order = [TrialVerdict.SAME, TrialVerdict.NOT_RUN, TrialVerdict.DIFFERS]
    ran = [t for t in trials if t.verdict is not TrialVerdict.NOT_RUN]
    return max(ran or trials, key=lambda t: order.index(t.verdict))


def _not_run(subject: Subject, why: str) -> list[Trial]:
    name = subject.source.name
    return [Trial(name, pair, TrialVerdict.NOT_RUN, why) for pair in subject.pairs]


def _try_one(subject: Subject, command: CompileCommand, tools: _Tools) -> list[Trial]:
    with tempfile.TemporaryDirectory(prefix="rewrite-trials-") as folder:
        place = Path(folder)
        try:
            maker = ProgramMaker(subject, command, place, tools.rules, tools.names, tools.shared)
            old, new = _make_transcripts(maker.make(), place, tools.rounds)
        except NotRunError as error:
            return _not_run(subject, str(error))
    return [
        _compare_transcripts(
            Trial(subject.source.name, pair, TrialVerdict.SAME), label_of(number, pair), old, new
        )
        for number, pair in enumerate(subject.pairs)
    ]


def _make_transcripts(programs: Programs, place: Path, rounds: int) -> tuple[list[str], list[str]]:
    mask = place / "mask"
    _run_command([str(programs.old), "probe", str(mask)])
    texts = []
    for program in (programs.old, programs.new):
        out = place / f"{program.name}.out"
        _run_command([str(program), "run", str(mask), str(out), "1", str(rounds)])
        texts.append(out.read_text("latin-1").splitlines())
    return texts[0], texts[1]


def _run_command(words: Sequence[str]) -> None:
    try:
        done = subprocess.run(words, check=False, capture_output=True, timeout=_TIME)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotRunError(f"the {words[1]} does not end: {error}") from error
    if done.returncode:
        raise NotRunError(f"the {words[1]} ends with status {done.returncode}")


def _of_pair(lines: Sequence[str], name: str) -> Iterator[str]:
    return (s for s in lines if s.startswith((f"{name} save ", f"{name} load ")))


def _compare_transcripts(trial: Trial, name: str, old: Sequence[str], new: Sequence[str]) -> Trial:
    """The first line in which they differ; a cut-off load that fails may leave other things."""
    for one, other in zip_longest(_of_pair(old, name), _of_pair(new, name)):
        trial = replace(trial, lines=trial.lines + 1)
        if one == other:
            ended = one is not None and (": ended " in one)
            trial = replace(trial, ended=trial.ended + ended)
            continue
        told = [(line or "nothing").partition(" | left ")[0] for line in (one, other)]
        if told[0] != told[1]:
            detail = f"functions: {_show_line(one)}\ntable:     {_show_line(other)}"
            return replace(trial, verdict=TrialVerdict.DIFFERS, detail=detail)
        trial = replace(trial, left=trial.left + 1)
    if not trial.lines:
        return replace(trial, verdict=TrialVerdict.NOT_RUN, detail="no line was written")
    if trial.ended == trial.lines:
        why = "every save and load runs into what no stand-in gives"
        return replace(trial, verdict=TrialVerdict.NOT_RUN, detail=why)
    return trial


def _show_line(line: str | None) -> str:
    return (line or "nothing")[:400]
