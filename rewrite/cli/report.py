# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `rewrite report`: its options, its summary and its exit status."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .main import OK, SELF_CHECK, add_tree_options, given_path, make_parser, open_tree, write_output
from .terminal import progress

_HELP = """Make one HTML page of a conversion: what is converted, what stays and why, and each function's
old and new text side by side with the types of what it visits. Nothing else is written.

The page needs no network and no other file. With --verify it also says which functions are proved;
a proof of another text than the page shows does not count.
"""

_EXAMPLES = """examples:
  rewrite report . -o report.html
  rewrite verify hw/ --build build --stats proofs.json
  rewrite report hw/ --verify proofs.json -o report.html
"""


def parser() -> argparse.ArgumentParser:
    """The options of this command."""
    made = make_parser("rewrite report", _HELP, _EXAMPLES)
    made.add_argument(
        "paths",
        nargs="*",
        type=given_path,
        metavar="PATH",
        help="files or directories (default: .)",
    )
    made.add_argument(
        "-o", "--output", metavar="FILE", default="report.html",
        help="the page (default: report.html); `-` for standard output",
    )  # fmt: skip
    made.add_argument(
        "--verify", type=Path, metavar="FILE", help="what `rewrite verify --stats FILE` wrote"
    )
    add_tree_options(made)
    return made


def command(argv: Sequence[str]) -> int:
    """Run `rewrite report`; raises UsageError and InputError like every command."""
    args = parser().parse_intermixed_args(list(argv))
    from ..convert.conversion import convert_tree
    from ..report.page import render
    from ..report.proofs import read_proofs
    from ..report.view import build_report

    proofs = read_proofs(args.verify) if args.verify is not None else None
    paths = args.paths or [Path()]
    converter = open_tree(args, paths)
    with progress("converting") as advance:
        result = convert_tree(converter, paths, advance)
    view = build_report(converter, result, proofs)
    page = render(view).encode("utf-8")
    write_output(args.output, page)
    counts = ", ".join(f"{number} {outcome}" for outcome, number in view.counts.parts())
    print(
        f"{args.output}: {view.counts.total} sites{': ' if counts else ''}{counts}; "
        f"{len(page) / 1e6:.1f} MB",
        file=sys.stderr,
    )
    return SELF_CHECK if any(file.failures for file in result.files) else OK
