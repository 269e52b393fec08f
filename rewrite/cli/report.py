# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `rewrite report`: its options, its summary and its exit status."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ..convert.conversion import convert_tree
from ..errors import InputError
from .main import OK, SELF_CHECK, add_tree_options, given_path, make_parser, open_tree
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
    from ..report.page import render
    from ..report.proofs import read_proofs
    from ..report.view import build_report

    args = parser().parse_intermixed_args(list(argv))
    proofs = read_proofs(args.verify) if args.verify is not None else None
    paths = args.paths or [Path()]
    converter = open_tree(args, paths)
    with progress("converting") as advance:
        result = convert_tree(converter, paths, advance)
    view = build_report(converter, result, proofs)
    page = render(view).encode("utf-8")
    _write(args.output, page)
    counts = ", ".join(f"{number} {outcome}" for outcome, number in view.counts.parts())
    print(
        f"{args.output}: {view.counts.total} sites{': ' if counts else ''}{counts}; "
        f"{len(page) / 1e6:.1f} MB",
        file=sys.stderr,
    )
    return SELF_CHECK if any(file.failures for file in result.files) else OK


def _write(target: str, page: bytes) -> None:
    """Write the page whole or not at all; what is no regular file is written to as it is."""
    if target == "-":
        sys.stdout.buffer.write(page)
        sys.stdout.buffer.flush()
        return
    path = Path(target)
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(page)
        else:
            _replace(path.resolve(), page)
    except OSError as error:
        raise InputError(target, f"cannot write: {error.strerror}") from error


def _replace(path: Path, page: bytes) -> None:
    descriptor, name = tempfile.mkstemp(prefix=".rewrite-report-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(page)
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~mask)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink()
        raise
