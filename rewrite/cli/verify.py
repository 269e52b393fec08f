# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `rewrite verify`: its options. What it does is imported when it is asked for."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from .main import add_tree_options, check_place, given_path, make_parser
from .terminal import COLORS

_DESCRIPTION = """Compile the old and the new text of every changed function, and compare machine code.

Without --base, the new text is what the conversion of PATH would write. In both texts the
primitives and the visits of changed functions become the same wire operations, so what the
compiler makes of them must be identical. Status 3 says that something differs, status 1 that
nothing was proved, or that clang is missing to settle a difference.

With --to vmstate the new text has tables. Both texts are linked with the tree's own interpreter of
tables, and save and load the same random states, in every version and cut off.
"""

_EXAMPLES = """examples:
  rewrite verify hw/ --build build
  rewrite verify hw/ --cc 'gcc -Iinclude -I. -c {file}'
  rewrite verify hw/ --build build --base HEAD           after --apply: files against a revision
  rewrite verify hw/ --build build --to vmstate          tables and functions, run side by side
  rewrite verify hw/ --build build --stats proofs.json   for `rewrite report --verify proofs.json`
"""


def build_parser() -> argparse.ArgumentParser:
    """The options of this command."""
    made = make_parser("rewrite verify", _DESCRIPTION, _EXAMPLES)
    made.add_argument(
        "paths", nargs="+", type=given_path, metavar="PATH", help="files or directories"
    )
    how = made.add_mutually_exclusive_group(required=True)
    how.add_argument(
        "--build", type=given_path, metavar="DIR", help="directory that holds compile_commands.json"
    )
    how.add_argument("--cc", metavar="COMMAND", help="compile every file so; names it {file}")
    made.add_argument(
        "--base", metavar="REV", help="the old text is that of a git revision, the new the file"
    )
    made.add_argument(
        "--to", choices=("visitors", "vmstate"), default="visitors",
        help="what the new text has; of tables, old and new are run on random states",
    )  # fmt: skip
    made.add_argument(
        "--trials", type=int, default=200, metavar="N", help="--to vmstate: states for each pair"
    )
    made.add_argument("--stats", metavar="FILE", help="write figures as JSON; `-`: to the output")
    made.add_argument("--jobs", type=int, default=0, metavar="N", help="compilers at a time")
    made.add_argument("--cache", type=given_path, metavar="DIR", help="where proofs are remembered")
    made.add_argument("--no-cache", action="store_true", help="remember and reuse nothing")
    made.add_argument(
        "--require-proof", action="store_true", help="status 1 if any function is not proved"
    )
    made.add_argument("-v", "--verbose", action="store_true", help="name what is proved as well")
    made.add_argument(
        "--color", choices=COLORS, default="auto",
        help="diagnostics in colour, with source lines (default: auto, on a terminal)",
    )  # fmt: skip
    add_tree_options(made)
    return made


def run_command(argv: Sequence[str]) -> int:
    """Run `rewrite verify`; raises UsageError and InputError like every command."""
    args = build_parser().parse_intermixed_args(list(argv))
    check_place(args.stats)
    if args.to == "vmstate":
        from .verify_tables import verify_tables

        return verify_tables(args)
    from .verify_run import run

    return run(args)
