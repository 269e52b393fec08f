# SPDX-License-Identifier: GPL-2.0-or-later
"""Time a visit against the primitive that it replaces, on the corpus's stream, as a ratio.

    python tests/bench/visitor_cost.py [--runs N]

Both save and load the same uint32_t and buffer over and over, in memory, compiled by gcc -O2.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
CORPUS = HERE.parent.parent / "corpus"
RUNTIME = sorted(p for p in (CORPUS / "runtime").glob("*.c") if p.name != "runner.c")


def build(folder: Path) -> Path:
    """Compile the program beside this file with the corpus's stream and visitors."""
    target = folder / "visitor_cost"
    includes = [f"-I{CORPUS / part}" for part in ("include", "runtime")]
    source = HERE / "visitor_cost.c"
    command = ["gcc", "-std=gnu99", "-O2", *includes, source, *RUNTIME, "-o", target]
    subprocess.run([str(word) for word in command], check=True)
    return target


def nanoseconds(program: Path, runs: int) -> dict[str, float]:
    """The median time of each kind of value, by the name that the program prints."""
    times: dict[str, list[float]] = {}
    for _ in range(runs):
        out = subprocess.run([program], capture_output=True, text=True, check=True).stdout
        for line in out.splitlines():
            name, value = line.rsplit(maxsplit=1)
            times.setdefault(name, []).append(float(value))
    return {name: statistics.median(values) for name, values in times.items()}


def main() -> None:
    """Print each pair of times per value and their ratio."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measured = nanoseconds(build(Path(folder)), args.runs)
    for name in (n.removeprefix("primitive ") for n in measured if n.startswith("primitive ")):
        old, new = measured[f"primitive {name}"], measured[f"visit {name}"]
        print(f"{name:14} primitive {old:7.2f} ns  visit {new:7.2f} ns  ratio {new / old:5.2f}")


if __name__ == "__main__":
    main()
