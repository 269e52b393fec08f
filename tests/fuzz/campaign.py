# SPDX-License-Identifier: GPL-2.0-or-later
"""Many inputs for many targets, each with a limit of time; what fails is kept once for each cause."""

from __future__ import annotations

import faulthandler
import hashlib
import json
import random
import resource
import signal
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .targets import Make, Target, forget

SECONDS = 10
"""Of processor time: what takes longer hangs."""

MEMORY = 3 << 30
"""Bytes of address space for everything: what asks for more fails."""

FRESH = 500
"""After so many inputs, what the tool keeps between files is dropped."""


class Hang(BaseException):
    """An input that took too long; no handler of the tool may swallow it."""


class PartsError(Exception):
    """What failed of an input of several parts: each of them, and its own failure."""

    def __init__(self, parts: Sequence[tuple[bytes, BaseException]]) -> None:
        super().__init__(f"{len(parts)} parts failed")
        self.parts = parts


def processor_time() -> float:
    """Seconds of processor time that this process and those it has waited for took."""
    spent = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in spent)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise Hang in the block after so many seconds of this process's time."""

    def stop(*_: object) -> None:
        raise Hang

    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def cause(error: BaseException) -> str:
    """What tells one failure from another: its kind and where in the tool it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if "/rewrite/" in f.filename] or list(frames)
    where = "".join(f"{Path(f.filename).name}:{f.name}:{f.lineno}" for f in own[-1:])
    message = str(error)[:60] if isinstance(error, AssertionError) else ""
    return f"{type(error).__name__} {where} {message}"


@dataclass
class Campaign:
    """A run over some targets; `out` gets the smallest input of each failure."""

    targets: Sequence[Target]
    trees: Sequence[Path]
    seed: int
    out: Path
    inputs: Counter[str] = field(default_factory=Counter)
    spent: Counter[str] = field(default_factory=Counter)
    found: dict[str, tuple[int, int]] = field(default_factory=dict)
    slowest: dict[str, float] = field(default_factory=dict)

    def limit_process(self) -> None:
        """Let memory end, and a hang in C code say where it is."""
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, most))
        faulthandler.enable()

    def run(self, seconds: float) -> dict[str, Any]:
        """Run the targets in turns for so long, in processor time; returns the totals."""
        makers = {t.name: t.make(self.trees) for t in self.targets}
        end = processor_time() + seconds
        turn = 0
        while processor_time() < end:
            for target in self.targets:
                self._turn(target, makers[target.name], turn, end)
            turn += 1
            self._save()
        return self.totals()

    def one(self, target: Target, make: Make, number: int) -> None:
        """One input. The same number gives the same input."""
        choice = random.Random(f"{self.seed} {target.name} {number}")
        data = make(choice)
        self.inputs[target.name] += 1
        if self.inputs.total() % FRESH == 0:
            forget()
        began = processor_time()
        faulthandler.dump_traceback_later(60 * SECONDS, exit=True)
        try:
            with time_limit(SECONDS):
                target.run(data, choice)
        except KeyboardInterrupt:
            raise
        except PartsError as error:
            for data, part in error.parts:
                self._keep(target, data, part)
        except BaseException as error:
            self._keep(target, data, error)
        finally:
            faulthandler.cancel_dump_traceback_later()
            took = processor_time() - began
            self.slowest[target.name] = max(took, self.slowest.get(target.name, 0.0))

    def _turn(self, target: Target, make: Make, turn: int, end: float) -> None:
        began = processor_time()
        number = turn * 1_000_000
        while processor_time() < min(began + target.turn, end):
            self.one(target, make, number)
            number += 1
        self.spent[target.name] += processor_time() - began

    def _keep(self, target: Target, data: bytes, error: BaseException) -> None:
        name = f"{target.name}: {cause(error)}"
        count, smallest = self.found.get(name, (0, len(data) + 1))
        self.found[name] = (count + 1, min(smallest, len(data)))
        if len(data) < smallest:
            self.out.mkdir(parents=True, exist_ok=True)
            stem = self.out / f"{target.name}-{hashlib.sha256(name.encode()).hexdigest()[:10]}"
            stem.with_suffix(".input").write_bytes(data)
            text = "".join(traceback.format_exception(error))
            stem.with_suffix(".txt").write_text(f"{name}\n{text}", "utf-8", "backslashreplace")

    def totals(self) -> dict[str, Any]:
        """What was run, what was found, and the memory that the process needed at most."""
        return {
            "inputs": sum(self.inputs.values()),
            "minutes": round(sum(self.spent.values()) / 60, 1),
            "by_target": dict(self.inputs),
            "slowest_seconds": {n: round(s, 2) for n, s in self.slowest.items()},
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            "counts": {t.name: dict(t.counts) for t in self.targets if t.counts},
            "finds": {name: count for name, (count, _) in sorted(self.found.items())},
        }

    def _save(self) -> None:
        self.out.mkdir(parents=True, exist_ok=True)
        (self.out / "totals.json").write_text(json.dumps(self.totals(), indent=2))
