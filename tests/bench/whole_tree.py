# SPDX-License-Identifier: GPL-2.0-or-later
"""Time a dry run of a whole tree against grep and Coccinelle, in one run, as ratios.

    python tests/bench/whole_tree.py TREE [--runs N] [--spatch]

`grep -rE` over the same files is the floor. `--spatch` runs visit.cocci and visit-temp.cocci, beside
this file, over a copy of the tree's hw/ (Debian's package coccinelle), which takes minutes.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

PATTERN = r"\bqemu_(put|get)_(u?byte|sbyte|s?be(16|32|64)s?|s?betls?|s?8s|s?buffer)\b"
HERE = Path(__file__).parent


def seconds(command: Sequence[str], runs: int, cwd: Path) -> float:
    """The median wall time of a command, whatever its exit status."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run(command, cwd=cwd, capture_output=True, check=False)
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def spatch_command(name: str, hw: Path) -> list[str]:
    """Coccinelle as its tuned semantic patch asks for it, over a copy that it may edit."""
    macros = hw.parent / "scripts" / "cocci-macro-file.h"
    options = ["--macro-file", str(macros)] if macros.exists() else []
    patch = str(HERE / name)
    return ["spatch", *options, "--sp-file", patch, "--all-includes", "-I", str(hw.parent), "-I",
            str(hw), "--keep-comments", "--in-place", "-j", "2", "--dir", str(hw)]  # fmt: skip


def spatch_seconds(tree: Path) -> float:
    """Both passes of the semantic patch, once, over a copy of the tree's hw/ and headers."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(tree, copy, symlinks=True, ignore=shutil.ignore_patterns(".git", ".pc"))
        passes = ("visit.cocci", "visit-temp.cocci")
        return sum(seconds(spatch_command(p, copy / "hw"), 1, copy) for p in passes)


def main() -> None:
    """Print the times and their ratios to grep's."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("tree", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--spatch", action="store_true")
    args = parser.parse_args()
    tree = args.tree.resolve()
    grep = ["grep", "-rE", "--include=*.c", "--include=*.h", PATTERN, "."]
    tool = [sys.executable, "-m", "rewrite"]
    os.environ["PYTHONPATH"] = str(HERE.parent.parent)
    measured = {
        "grep -rE": seconds(grep, args.runs, tree),
        "python start": seconds([sys.executable, "-c", "import rewrite.cli"], args.runs, tree),
        "rewrite TREE": seconds([*tool, str(tree)], args.runs, tree),
        "rewrite TREE/hw": seconds([*tool, str(tree / "hw")], args.runs, tree),
    }
    if args.spatch:
        measured["spatch TREE/hw"] = spatch_seconds(tree)
    floor = measured["grep -rE"]
    for name, value in measured.items():
        print(f"{name:18} {value:8.2f} s {value / floor:8.1f} x grep")


if __name__ == "__main__":
    main()
