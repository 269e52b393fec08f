# SPDX-License-Identifier: GPL-2.0-or-later
"""Time dry run, lint and --apply of a whole tree against the floor, grep and Coccinelle, in one run.

    python tests/bench/whole_tree.py TREE [--runs N] [--spatch]

The floor (floor.py, beside this file) is the least that any tool does which parses: start Python with
the parser, read every C file, parse those that may hold a site. `grep -rE` over the same files is told
as well. "again" is with what the lint remembers of the same files, "one file" the first of the tree
that holds a site. The commands take turns, so that what else the machine does falls on all alike.
`--spatch` runs visit.cocci and visit-temp.cocci once over a copy of the tree's hw/ (Debian's package
coccinelle), which takes minutes. Medians of wall and of CPU time (user and system, of all processes);
on a machine that does other work only the latter means anything.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from floor import PATTERN, candidates

FLOOR = "the floor"
HERE = Path(__file__).parent
_NO_HISTORY = shutil.ignore_patterns(".git", ".pc")


@dataclass(frozen=True)
class Cost:
    """Seconds that a command took: on the clock, and of all processors together."""

    wall: float
    cpu: float

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.wall + other.wall, self.cpu + other.cpu)


@dataclass(frozen=True)
class Command:
    """What is run, and where; before each run `cwd` is copied from `fresh`, if that is given."""

    words: Sequence[str]
    cwd: Path
    fresh: Path | None = None

    def run(self) -> Cost:
        """What one run costs, whatever its exit status."""
        if self.fresh is not None:
            shutil.rmtree(self.cwd, ignore_errors=True)
            shutil.copytree(self.fresh, self.cwd, symlinks=True, ignore=_NO_HISTORY)
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(self.words, cwd=self.cwd, capture_output=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return Cost(time.perf_counter() - start, cpu)


def medians(commands: Mapping[str, Command], runs: int) -> dict[str, Cost]:
    """The medians of some rounds, in each of which every command has its turn."""
    rounds = [{name: command.run() for name, command in commands.items()} for _ in range(runs)]
    return {
        name: Cost(
            statistics.median(one[name].wall for one in rounds),
            statistics.median(one[name].cpu for one in rounds),
        )
        for name in commands
    }


def spatch_command(name: str, hw: Path) -> list[str]:
    """Coccinelle as its tuned semantic patch asks for it, over a copy that it may edit."""
    macros = hw.parent / "scripts" / "cocci-macro-file.h"
    options = ["--macro-file", str(macros)] if macros.exists() else []
    patch = str(HERE / name)
    return ["spatch", *options, "--sp-file", patch, "--all-includes", "-I", str(hw.parent), "-I",
            str(hw), "--keep-comments", "--in-place", "-j", "2", "--dir", str(hw)]  # fmt: skip


def measure(tree: Path, runs: int, spatch: bool) -> dict[str, Cost]:
    """Every command on the tree or, if it writes, on a copy."""
    grep = ["grep", "-rE", "--include=*.c", "--include=*.h", r"\b" + PATTERN, "."]
    start = [sys.executable, "-c", "import tree_sitter, tree_sitter_c"]
    tool = [sys.executable, "-m", "rewrite"]
    one = next(path for path, _ in candidates(str(tree)) if path.endswith(".c"))
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        kept = Command([*tool, "lint", ".", "--cache", folder], tree)
        kept.run()
        commands = {
            FLOOR: Command([sys.executable, str(HERE / "floor.py"), "."], tree),
            "grep -rE": Command(grep, tree),
            "python start": Command(start, tree),
            "rewrite .": Command([*tool, "."], tree),
            "rewrite . --jobs 1": Command([*tool, ".", "--jobs", "1"], tree),
            "rewrite . --apply": Command([*tool, ".", "--apply"], copy, tree),
            "rewrite hw": Command([*tool, "hw"], tree),
            "rewrite lint .": Command([*tool, "lint", ".", "--no-cache"], tree),
            "lint ., again": kept,
            "rewrite, one file": Command([*tool, one], tree),
            "lint, one file": Command([*tool, "lint", "--no-cache", one], tree),
        }
        measured = medians(commands, runs)
        if spatch:
            first, second = (
                Command(spatch_command(name, copy / "hw"), copy, fresh).run()
                for name, fresh in (("visit.cocci", tree), ("visit-temp.cocci", None))
            )
            measured["spatch hw"] = first + second
    return measured


def main() -> None:
    """Print the times and their ratios to the floor's."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("tree", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--spatch", action="store_true")
    args = parser.parse_args()
    os.environ["PYTHONPATH"] = str(HERE.parent.parent)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    measured = measure(args.tree.resolve(), args.runs, args.spatch)
    floor = measured[FLOOR]
    print(f"{'':18} {'wall':>8} {'CPU':>10} {'x floor: wall':>16} {'CPU':>6}")
    for name, one in measured.items():
        wall, cpu = one.wall / floor.wall, one.cpu / floor.cpu
        print(f"{name:18} {one.wall:8.2f} s {one.cpu:8.2f} s {wall:14.1f} {cpu:6.1f}")
    gain = measured["rewrite . --jobs 1"].wall / measured["rewrite ."].wall
    print(
        f"on {len(os.sched_getaffinity(0))} processors a dry run is {gain:.2f} times as fast as on one"
    )
    if "spatch hw" in measured:
        spatch, hw = measured["spatch hw"], measured["rewrite hw"]
        print(f"spatch hw / rewrite hw        {spatch.cpu / hw.cpu:6.1f} of CPU, "
              f"{spatch.wall / hw.wall:.1f} on the clock")  # fmt: skip


if __name__ == "__main__":
    main()
