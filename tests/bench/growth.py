# SPDX-License-Identifier: GPL-2.0-or-later
"""How a dry run's time and memory grow with each thing that a file can have much of.

    python tests/bench/growth.py [--sizes 250,500,1000] [--command lint] [SHAPE ...]

Each shape is a file with N of something: N gets in one `?:`, N functions, N #ifdef. For each size the
processor time and the peak memory of a run are told, and in the last column the exponent of the growth
from the last size but one to the last, start-up left out: 1 is linear, 2 is quadratic.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
HEAD = "typedef struct S { uint32_t a; uint32_t r[100000]; } S;\n"
SAVE = HEAD + "static void s(QEMUFile *f, void *o)\n{\n    S *s = o;\n"
LOAD = HEAD + "static int l(QEMUFile *f, void *o, int v)\n{\n    S *s = o;\n"
END = "    return 0;\n}\n"
PATIENCE = 60
"""After how many seconds a run is given up."""


def _each(text: str, count: int, between: str = "") -> str:
    """A text with its number in the place of each @, so many times."""
    return between.join(text.replace("@", str(number)) for number in range(count))


def _locals(n: int) -> str:
    declared = _each("    uint32_t l@ = s->r[@];\n", n)
    return SAVE + declared + _each("    qemu_put_be32(f, l@);\n", n) + "}\n"


def _else_if(n: int) -> str:
    branch = "if (v == @) {\n        s->a = qemu_get_be32(f);\n    }"
    return LOAD + "    " + _each(branch, n, " else ") + "\n" + END


def _functions(n: int) -> str:
    function = "static void s@(QEMUFile *f, S *s)\n{\n    qemu_put_be32(f, s->a);\n}\n\n"
    return HEAD + _each(function, n)


SHAPES: dict[str, Callable[[int], str]] = {
    "puts": lambda n: SAVE + _each("    qemu_put_be32(f, s->r[@]);\n", n) + "}\n",
    "locals": _locals,
    "a chain of ?:": lambda n: (
        LOAD + "    s->a = " + _each("v == @ ? qemu_get_be32(f) : ", n) + "0;\n" + END
    ),
    "many ?:": lambda n: LOAD + _each("    s->r[@] = v > @ ? qemu_get_be32(f) : 0;\n", n) + END,
    "a chain of &&": lambda n: (
        LOAD + "    s->a = " + _each("qemu_get_be32(f)", n, " && ") + ";\n" + END
    ),
    "temporaries": lambda n: LOAD + _each("    s->r[@] = qemu_get_be32(f) + @;\n", n) + END,
    "else if": _else_if,
    "functions": _functions,
    "#ifdef": lambda n: (
        SAVE + _each("#ifdef A@\n    qemu_put_be32(f, s->r[@]);\n#endif\n", n) + "}\n"
    ),
    "a long name": lambda n: (
        HEAD + "struct " + "x" * (32 * n) + " { uint32_t b; };\n" + _functions(1).removeprefix(HEAD)
    ),
}
"""What there may be much of; the length of the name is 32 N."""


@dataclass(frozen=True)
class Cost:
    """Processor time in seconds, peak memory in MiB."""

    cpu: float
    memory: float


def measure(text: str, command: str) -> Cost | None:
    """What a run over a file with a text costs, None where it was given up."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.c"
        path.write_text(text, encoding="ascii")
        options = ["--no-cache"] if command == "lint" else []
        words = [sys.executable, "-m", "rewrite", command, str(path), *options, "--dialect", "5.1"]
        run = subprocess.Popen(
            words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        return wait(run)


def wait(run: subprocess.Popen[bytes]) -> Cost | None:
    """What a process costs until it ends, None where it takes too long."""
    import resource
    import signal

    def give_up(*_: object) -> None:
        run.kill()

    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(PATIENCE)
    _, status, used = os.wait4(run.pid, 0)
    signal.alarm(0)
    assert isinstance(used, resource.struct_rusage)
    run.returncode = os.waitstatus_to_exitcode(status)
    gone = run.returncode < 0
    return None if gone else Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def exponent(before: Cost, after: Cost, start: Cost, factor: float) -> float:
    """To which power of the size the time grew."""
    low, high = before.cpu - start.cpu, after.cpu - start.cpu
    return math.log(high / low) / math.log(factor) if low > 0 and high > 0 else 0.0


def row(shape: str, sizes: list[int], command: str, start: Cost) -> str:
    """The line of the table for a shape."""
    costs = [measure(SHAPES[shape](size), command) for size in sizes]
    cells = ["given up" if c is None else f"{c.cpu:6.2f} s {c.memory:5.0f} M" for c in costs]
    *_, before, after = costs
    power = "   -"
    if before is not None and after is not None:
        power = f"{exponent(before, after, start, sizes[-1] / sizes[-2]):4.1f}"
    return f"{shape:15}" + "".join(f"{cell:>18}" for cell in cells) + f"{power:>7}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("shapes", nargs="*", metavar="SHAPE", help=", ".join(SHAPES))
    parser.add_argument("--sizes", default="500,1000,2000")
    parser.add_argument("--command", default="convert", choices=("convert", "lint"))
    args = parser.parse_args()
    os.environ["PYTHONPATH"] = str(ROOT)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sizes = [int(size) for size in args.sizes.split(",")]
    start = measure(SHAPES["puts"](1), args.command)
    assert start is not None
    print(f"{'':15}" + "".join(f"{size:>18}" for size in sizes) + f"{'power':>7}")
    for shape in args.shapes or SHAPES:
        print(row(shape, sizes, args.command, start), flush=True)


if __name__ == "__main__":
    main()
