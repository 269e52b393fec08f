# SPDX-License-Identifier: GPL-2.0-or-later
"""Write a tree of any size, and time the tool on growing ones: time and memory against files and sites.

    python tests/bench/synthetic_tree.py write DIR FILES [--sites N]
    python tests/bench/synthetic_tree.py run FILES... [--sites N] [--command C] [--option=O]

Each file is a small device of its own with a header that all share; half of its N sites save, half
load. `run` makes trees of the given sizes below a temporary folder, converts each in a dry run (or
runs the command and options given) and prints CPU seconds, peak resident memory and both per file.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

_HEADER = """\
#include <stdint.h>
typedef struct QEMUFile QEMUFile;
"""
_KINDS = (("uint32_t", "be32"), ("uint16_t", "be16"), ("uint8_t", "byte"), ("int", "be32"))


def device(number: int, sites: int) -> str:
    """The text of one device with so many sites."""
    fields = [(f"field{i}", *_KINDS[i % len(_KINDS)]) for i in range(sites // 2)]
    members = "".join(f"    {kind} {name};\n" for name, kind, _ in fields)
    puts = "".join(f"    qemu_put_{wire}(f, s->{name});\n" for name, _, wire in fields)
    gets = "".join(f"    s->{name} = qemu_get_{wire}(f);\n" for name, _, wire in fields)
    name = f"Device{number}State"
    head = f"    {name} *s = opaque;\n\n"
    return (
        f'#include "hw/wire.h"\n\ntypedef struct {name} {{\n{members}}} {name};\n\n'
        f"static void device{number}_save(QEMUFile *f, void *opaque)\n{{\n{head}{puts}}}\n\n"
        f"static int device{number}_load(QEMUFile *f, void *opaque, int version_id)\n"
        f"{{\n{head}{gets}    return 0;\n}}\n"
    )


def write(root: Path, files: int, sites: int) -> None:
    """Write the tree, 250 files to a directory."""
    (root / "hw").mkdir(parents=True)
    (root / ".rewrite.toml").write_text("root = true\n")
    (root / "hw/wire.h").write_text(_HEADER)
    for number in range(files):
        folder = root / f"hw/d{number // 250}"
        folder.mkdir(exist_ok=True)
        (folder / f"device{number}.c").write_text(device(number, sites))


def measure(root: Path, words: list[str]) -> tuple[float, float, str]:
    """CPU seconds, peak resident MiB and the first line of the summary of one run."""
    command = [sys.executable, "-m", "rewrite", *words, str(root)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent.parent)}
    with (root / "err").open("wb") as err:
        child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=err)
        _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    lines = (root / "err").read_text().splitlines()
    told = [line for line in lines if " sites: " in line or "Traceback" in line]
    spent = used.ru_utime + used.ru_stime
    return spent, used.ru_maxrss / 1024, told[0] if told else f"status {child.returncode}"


def run(sizes: list[int], sites: int, words: list[str]) -> None:
    """Print one line for each size."""
    print(f"{'files':>8} {'sites':>9} {'CPU s':>9} {'MiB':>7} {'ms/file':>8} {'KiB/file':>9}")
    for files in sizes:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / "tree"
            write(root, files, sites)
            seconds, memory, summary = measure(root, words)
            each = f"{seconds * 1000 / files:8.2f} {memory * 1024 / files:9.1f}"
            print(f"{files:8} {files * sites:9} {seconds:9.2f} {memory:7.0f} {each}  {summary}")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("write", help="write one tree")
    one.add_argument("root", type=Path)
    one.add_argument("files", type=int)
    many = commands.add_parser("run", help="time growing trees")
    many.add_argument("sizes", type=int, nargs="+")
    many.add_argument(
        "--command", dest="tool", default="convert", help="of the tool: lint, schema, ..."
    )
    many.add_argument("--option", action="append", default=[], help="for the tool, such as --check")
    for command in (one, many):
        command.add_argument("--sites", type=int, default=10)
    args = parser.parse_args()
    if args.command == "write":
        write(args.root, args.files, args.sites)
    else:
        era = [] if args.tool == "schema" else ["--dialect", "5.1"]
        run(args.sizes, args.sites, [args.tool, *era, *args.option])


if __name__ == "__main__":
    main()
