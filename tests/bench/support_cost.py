# SPDX-License-Identifier: GPL-2.0-or-later
"""Time the visits of the support code against the primitives that they replace, era by era.

    python tests/bench/support_cost.py [--runs N]

The code is that which `rewrite support` adds, in the tests' small trees, compiled by gcc -O2.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from visitor_cost import nanoseconds

TESTS = Path(__file__).parent.parent
sys.path.insert(0, str(TESTS))


def build(name: str, root: Path) -> Path:
    """Compile the program in a tree of the era with its support code."""
    from support_trees import ERAS, HERE

    era = ERAS[name]
    era.write(root)
    run = [sys.executable, "-m", "rewrite", "support", str(root), "--apply"]
    subprocess.run(run, cwd=TESTS.parent, check=True, stderr=subprocess.DEVNULL)
    program = root / "cost"
    command = ["gcc", "-std=gnu99", "-O2", *era.includes(root), *era.flags, *era.code(root)]
    subprocess.run([*command, str(HERE / "cost.c"), "-o", str(program)], check=True)
    return program


def main() -> None:
    """Print each pair of times per value and their ratio."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    for era in ("none", "pre-1.2", "1.2", "2.6", "5.1"):
        with tempfile.TemporaryDirectory() as folder:
            measured = nanoseconds(build(era, Path(folder)), args.runs)
        for name in (n.removeprefix("primitive ") for n in measured if n.startswith("primitive ")):
            old, new = measured[f"primitive {name}"], measured[f"visit {name}"]
            print(
                f"{era:8} {name:12} primitive {old:6.2f} ns  visit {new:6.2f} ns  "
                f"ratio {new / old:5.2f}"
            )


if __name__ == "__main__":
    main()
