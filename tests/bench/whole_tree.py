# SPDX-License-Identifier: GPL-2.0-or-later
"""Time dry run, lint and --apply of a whole tree against grep and Coccinelle, in one run, as ratios.

    python tests/bench/whole_tree.py TREE [--runs N] [--spatch]

`grep -rE` over the same files is the floor; for the lint, grep and the start of Python with the parser
together are. "again" is with what the lint remembers of the same files. `--spatch` runs visit.cocci and
visit-temp.cocci, beside this file, once over a copy of
the tree's hw/ (Debian's package coccinelle), which takes minutes. Medians of wall and of CPU time
(user and system, of all processes); on a machine that does other work only the latter means anything.
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
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PATTERN = r"\bqemu_(put|get)_(u?byte|sbyte|s?be(16|32|64)s?|s?betls?|s?8s|s?buffer)\b"
HERE = Path(__file__).parent
_NO_HISTORY = shutil.ignore_patterns(".git", ".pc")


@dataclass(frozen=True)
class Cost:
    """Seconds that a command took: on the clock, and of all processors together."""

    wall: float
    cpu: float

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.wall + other.wall, self.cpu + other.cpu)


def cost(command: Sequence[str], runs: int, cwd: Path, fresh: Path | None = None) -> Cost:
    """The medians of some runs, whatever their exit status; before each `cwd` is copied from `fresh`."""
    walls, cpus = [], []
    for _ in range(runs):
        if fresh is not None:
            shutil.rmtree(cwd, ignore_errors=True)
            shutil.copytree(fresh, cwd, symlinks=True, ignore=_NO_HISTORY)
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(command, cwd=cwd, capture_output=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        walls.append(time.perf_counter() - start)
        cpus.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return Cost(statistics.median(walls), statistics.median(cpus))


def spatch_command(name: str, hw: Path) -> list[str]:
    """Coccinelle as its tuned semantic patch asks for it, over a copy that it may edit."""
    macros = hw.parent / "scripts" / "cocci-macro-file.h"
    options = ["--macro-file", str(macros)] if macros.exists() else []
    patch = str(HERE / name)
    return ["spatch", *options, "--sp-file", patch, "--all-includes", "-I", str(hw.parent), "-I",
            str(hw), "--keep-comments", "--in-place", "-j", "2", "--dir", str(hw)]  # fmt: skip


def measure(tree: Path, runs: int, spatch: bool) -> dict[str, Cost]:
    """Every command on the tree or, if it writes, on a copy."""
    grep = ["grep", "-rE", "--include=*.c", "--include=*.h", PATTERN, "."]
    start = [sys.executable, "-c", "import tree_sitter, tree_sitter_c"]
    tool = [sys.executable, "-m", "rewrite"]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        kept = [*tool, "lint", ".", "--cache", folder]
        cost(kept, 1, tree)
        measured = {
            "grep -rE": cost(grep, runs, tree),
            "python start": cost(start, runs, tree),
            "rewrite lint .": cost([*tool, "lint", ".", "--no-cache"], runs, tree),
            "lint ., again": cost(kept, runs, tree),
            "rewrite .": cost([*tool, "."], runs, tree),
            "rewrite hw": cost([*tool, "hw"], runs, tree),
            "rewrite . --apply": cost([*tool, ".", "--apply"], runs, copy, tree),
        }
        if spatch:
            first, second = (
                cost(spatch_command(name, copy / "hw"), 1, copy, fresh)
                for name, fresh in (("visit.cocci", tree), ("visit-temp.cocci", None))
            )
            measured["spatch hw"] = first + second
    return measured


def main() -> None:
    """Print the times and their ratios to grep's."""
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
    grep = measured["grep -rE"]
    print(f"{'':18} {'wall':>8} {'CPU':>10} {'x grep':>8}")
    for name, one in measured.items():
        ratio = one.cpu / grep.cpu
        print(f"{name:18} {one.wall:8.2f} s {one.cpu:8.2f} s {ratio:8.1f}")
    floor = grep + measured["python start"]
    for name in ("rewrite lint .", "lint ., again"):
        cpu, wall = measured[name].cpu / floor.cpu, measured[name].wall / floor.wall
        print(f"{name} / (grep + python start)  {cpu:6.1f} of CPU, {wall:.1f} on the clock")
    if "spatch hw" in measured:
        spatch, hw = measured["spatch hw"], measured["rewrite hw"]
        print(f"spatch hw / rewrite hw        {spatch.cpu / hw.cpu:6.1f} of CPU, "
              f"{spatch.wall / hw.wall:.1f} on the clock")  # fmt: skip


if __name__ == "__main__":
    main()
