# SPDX-License-Identifier: GPL-2.0-or-later
"""Many inputs for many targets, each with a limit of time; what fails is kept once for each cause."""

from __future__ import annotations

import faulthandler
import hashlib
import json
import random
import resource
import signal
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .mutate import Mutator
from .targets import Target, forget

SECONDS = 10
"""Of processor time: what takes longer hangs."""

MEMORY = 3 << 30
"""Bytes of address space for everything: what asks for more fails."""

FRESH = 500
"""After so many inputs, what the tool keeps between files is dropped."""


class Hang(BaseException):
    """An input that took too long; no handler of the tool may swallow it."""


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
    last = own[-1]
    message = str(error)[:60] if isinstance(error, AssertionError) else ""
    where = f"{Path(last.filename).name}:{last.name}:{last.lineno}"
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
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        faulthandler.enable()

    def run(self, seconds: float) -> dict[str, Any]:
        """Run the targets in turns for so long, in processor time; returns the totals."""
        mutators = {t.name: Mutator(t.seeds(self.trees), t.words) for t in self.targets}
        end = time.process_time() + seconds
        turn = 0
        while time.process_time() < end:
            for target in self.targets:
                self._turn(target, mutators[target.name], turn, end)
            turn += 1
            self._save()
        return self.totals()

    def one(self, target: Target, mutator: Mutator, number: int) -> str | None:
        """One input; the cause of its failure, or None. The same number gives the same input."""
        choice = random.Random(f"{self.seed} {target.name} {number}")
        data = mutator(choice)
        self.inputs[target.name] += 1
        if self.inputs.total() % FRESH == 0:
            forget()
        began = time.process_time()
        faulthandler.dump_traceback_later(60 * SECONDS, exit=True)
        try:
            with time_limit(SECONDS):
                target.run(data, choice)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            return self._keep(target, data, error)
        finally:
            faulthandler.cancel_dump_traceback_later()
            took = time.process_time() - began
            self.slowest[target.name] = max(took, self.slowest.get(target.name, 0.0))
        return None

    def _turn(self, target: Target, mutator: Mutator, turn: int, end: float) -> None:
        began = time.process_time()
        number = turn * 1_000_000
        while time.process_time() < min(began + target.turn, end):
            self.one(target, mutator, number)
            number += 1
        self.spent[target.name] += time.process_time() - began

    def _keep(self, target: Target, data: bytes, error: BaseException) -> str:
        name = f"{target.name}: {cause(error)}"
        count, smallest = self.found.get(name, (0, len(data) + 1))
        self.found[name] = (count + 1, min(smallest, len(data)))
        if len(data) < smallest:
            self.out.mkdir(parents=True, exist_ok=True)
            stem = self.out / f"{target.name}-{hashlib.sha256(name.encode()).hexdigest()[:10]}"
            stem.with_suffix(".input").write_bytes(data)
            text = "".join(traceback.format_exception(error))
            stem.with_suffix(".txt").write_text(f"{name}\n{text}", "utf-8", "backslashreplace")
        return name

    def totals(self) -> dict[str, Any]:
        """What was run, what was found, and the memory that the process needed at most."""
        return {
            "inputs": sum(self.inputs.values()),
            "minutes": round(sum(self.spent.values()) / 60, 1),
            "by_target": dict(self.inputs),
            "slowest_seconds": {n: round(s, 2) for n, s in self.slowest.items()},
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            "finds": {name: count for name, (count, _) in sorted(self.found.items())},
        }

    def _save(self) -> None:
        self.out.mkdir(parents=True, exist_ok=True)
        (self.out / "totals.json").write_text(json.dumps(self.totals(), indent=2))
