# SPDX-License-Identifier: GPL-2.0-or-later
"""`rewrite PATH...` and `rewrite convert`: the options of a conversion.

What converts is imported when it runs, so that --help takes no longer than it must.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from .. import __version__
from .main import add_tree_options, given_path, make_parser
from .selection import add_file_selection, add_stdin_name
from .terminal import COLORS

_HELP = """Convert the qemu_put_*/qemu_get_* calls of QEMU's handlers to visit_type_* calls.

Without --apply or --check the change is shown as one unified diff on standard output, which
`git apply` takes in the tree's root; diagnostics and a summary go to standard error. Each changed
file is checked against its old text before it is shown or written.
"""

_EXAMPLES = """examples:
  rewrite convert hw/                      show what would change
  rewrite convert hw/ | git apply          change it so
  rewrite convert hw/ --apply              or so: all files or none
  rewrite convert hw/ --to vmstate         tables in place of save and load functions
  rewrite convert . --only 'hw/net/**' --function '*_load'
  rewrite convert hw/ -i --apply           take or leave each function
  rewrite convert - --stdin-filename hw/net/e1000.c --apply < buffer      for an editor
  rewrite convert . --check                only an exit status, for scripts
  rewrite convert hw/ --stats - | jq .by_code      count the refusals
"""


def build_parser() -> argparse.ArgumentParser:
    """The options of a conversion."""
    made = make_parser("rewrite convert", _HELP, _EXAMPLES)
    made.add_argument(
        "paths",
        nargs="*",
        type=given_path,
        metavar="PATH",
        help="files or directories (default: .); `-` is standard input",
    )
    made.add_argument(
        "--to", choices=("visitors", "vmstate"), default="visitors",
        help="what handlers become: calls of visitors (default), or VMState tables",
    )  # fmt: skip
    mode = made.add_mutually_exclusive_group()
    mode.add_argument("--apply", action="store_true", help="write the change: all files or none")
    mode.add_argument(
        "--check", action="store_true", help="no diff; exit 1 if anything would change"
    )
    add_tree_options(made)
    made.add_argument(
        "--stats",
        metavar="FILE",
        help="write figures as JSON; `-` for standard output in place of the diff",
    )
    made.add_argument(
        "-v", "--verbose", action="store_true", help="name the plumbing sites as well"
    )
    made.add_argument(
        "--summary", action="store_true",
        help="a table by directory on standard error, as a dry run on a terminal gives anyway",
    )  # fmt: skip
    made.add_argument(
        "--color", choices=COLORS, default="auto",
        help="colour the diff (default: auto, on a terminal unless NO_COLOR is set)",
    )  # fmt: skip
    made.add_argument(
        "-q", "--quiet", action="store_true", help="tell errors only; the diff is shown as ever"
    )
    _add_selection(made)
    _add_work(made)
    made.add_argument("--version", action="version", version=f"rewrite {__version__}")
    return made


def _add_selection(made: argparse.ArgumentParser) -> None:
    add_file_selection(made)
    made.add_argument(
        "--function", metavar="NAME", action="append", default=[],
        help="only functions of this name, which may hold * and ?; may be repeated",
    )  # fmt: skip
    made.add_argument(
        "-i", "--interactive", action="store_true",
        help="show each changed function and ask whether to take it",
    )  # fmt: skip


def _add_work(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "-j", "--jobs", type=int, default=0, metavar="N",
        help="work in N processes (default: as many as are worth it)",
    )  # fmt: skip
    add_stdin_name(made)


def run_command(argv: Sequence[str]) -> int:
    """Run a conversion; raises UsageError and InputError like every command."""
    args = build_parser().parse_intermixed_args(list(argv))
    if args.to == "vmstate":
        from .to_vmstate import convert_to_tables

        return convert_to_tables(args)
    from .convert_run import run_conversion

    return run_conversion(args)
