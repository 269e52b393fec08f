# SPDX-License-Identifier: GPL-2.0-or-later
"""Which files and functions of the paths a command is about: --only, --exclude, --function, `-`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError, UsageError

if TYPE_CHECKING:
    from ..files.tree import Scan

STDIN = Path("-")
"""The path that stands for standard input."""


def add_file_selection(parser: argparse.ArgumentParser) -> None:
    """Add --only and --exclude, whose patterns are those of a .gitignore."""
    parser.add_argument(
        "--only", metavar="PATTERN", action="append", default=[],
        help="only files that match, as in .gitignore and relative to the root; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--exclude", metavar="PATTERN", action="append", default=[],
        help="leave out files that match, likewise",
    )  # fmt: skip


def add_stdin_name(parser: argparse.ArgumentParser) -> None:
    """Add --stdin-filename, which says what the text of the path `-` is."""
    parser.add_argument(
        "--stdin-filename", type=Path, metavar="FILE",
        help="the file that PATH `-`, standard input, is the text of",
    )  # fmt: skip


def files_chosen(args: argparse.Namespace) -> Callable[[str], bool]:
    """Whether --only and --exclude leave a file of this name, relative to the root, in.

    Raises UsageError for a pattern that is none.
    """
    if not args.only and not args.exclude:
        return lambda name: True
    from pathspec import GitIgnoreSpec

    try:
        only, exclude = (GitIgnoreSpec.from_lines(lines) for lines in (args.only, args.exclude))
    except ValueError as error:
        raise UsageError(f"rewrite: error: not a pattern of a .gitignore: {error}") from error
    return lambda name: (not args.only or only.match_file(name)) and not exclude.match_file(name)


def narrow_scan(scan: Scan, args: argparse.Namespace) -> None:
    """Leave in a scan only the files that are chosen. Raises InputError where --only left none."""
    chosen = files_chosen(args)
    left = [source for source in scan.candidates if chosen(source.name)]
    if args.only and scan.candidates and not left:
        raise InputError("--only", f"no file with a primitive matches {' or '.join(args.only)}")
    scan.candidates[:] = left


def functions_chosen(patterns: Sequence[str]) -> Callable[[str, str], bool] | None:
    """Whether --function names a function; None where it is not given."""
    if not patterns:
        return None
    return lambda _file, name: bool(name) and any(fnmatchcase(name, p) for p in patterns)


def check_functions(patterns: Sequence[str], sites: int) -> None:
    """Raise InputError where --function left no site of a run."""
    if patterns and not sites:
        raise InputError(
            "--function", f"no function with a primitive matches {' or '.join(patterns)}"
        )


def reads_stdin(paths: Sequence[Path], args: argparse.Namespace) -> bool:
    """Whether the text comes from standard input. Raises UsageError where it cannot alone."""
    problem = ""
    if STDIN in paths and len(paths) > 1:
        problem = "PATH `-` is standard input, and takes no other beside it"
    elif args.stdin_filename is not None and STDIN not in paths:
        problem = "--stdin-filename: for PATH `-` only"
    elif STDIN in paths and args.stdin_filename is None and args.dialect == "auto":
        problem = "PATH `-`: name the file with --stdin-filename, or the era with --dialect"
    if problem:
        raise UsageError(f"rewrite: error: {problem}")
    return STDIN in paths


def stdin_place(args: argparse.Namespace) -> tuple[Path, list[Path]]:
    """The file that standard input is the text of, and the paths that show which tree it is in.

    The file need not be there yet, its folder must. Raises InputError.
    """
    file = args.stdin_filename if args.stdin_filename is not None else Path("stdin.c")
    if not file.parent.is_dir():
        raise InputError(str(file), "no such directory")
    return file.parent.resolve() / file.name, [file if file.is_file() else file.parent]


def read_stdin() -> bytes:
    """All of standard input. Raises InputError for more than is read of a file."""
    from ..files.tree import LARGEST, TOO_LARGE

    data = sys.stdin.buffer.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise InputError("standard input", TOO_LARGE)
    return data
