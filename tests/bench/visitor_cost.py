# SPDX-License-Identifier: GPL-2.0-or-later
"""Time a visit against the primitive that it replaces, on the corpus's stream, as a ratio.

    python tests/bench/visitor_cost.py [--runs N | --instructions]

Both save and load the same uint32_t and buffer over and over, in memory, compiled by gcc -O2. Times
are medians and follow the machine's load; instructions, which valgrind counts, do not.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
CORPUS = HERE.parent.parent / "corpus"
RUNTIME = sorted(p for p in (CORPUS / "runtime").glob("*.c") if p.name != "runner.c")

KINDS = ("save_uint32", "load_uint32", "save_buffer", "load_buffer")


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


def instructions(program: Path, folder: Path) -> dict[str, float]:
    """How many instructions each kind of value takes, by valgrind's callgrind."""
    counts = folder / "callgrind.out"
    values = 5000
    tool = ["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={counts}"]
    subprocess.run([*tool, program, str(values)], capture_output=True, check=True)
    annotate = ["callgrind_annotate", "--inclusive=yes", "--threshold=100", str(counts)]
    told = subprocess.run(annotate, capture_output=True, text=True, check=True).stdout
    found = re.findall(
        r"^\s*([\d,]+) .*:((?:primitive|visit)_(?:save|load)_\w+)", told, re.MULTILINE
    )
    return {name: int(count.replace(",", "")) / values for count, name in found}


def main() -> None:
    """Print each pair of times per value and their ratio."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--instructions", action="store_true", help="count them by valgrind")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        program = build(folder)
        if args.instructions:
            measured, unit = instructions(program, folder), "instructions"
        else:
            measured, unit = nanoseconds(program, args.runs), "ns"
    for kind in KINDS:
        old, new = measured[f"primitive_{kind}"], measured[f"visit_{kind}"]
        print(f"{kind:12} primitive {old:7.2f} {unit}  visit {new:7.2f} {unit}  {new / old:5.2f} x")


if __name__ == "__main__":
    main()
