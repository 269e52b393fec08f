# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `rewrite cache`: where results are remembered, and how to forget them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from ..errors import InputError
from ..files.cache import Store, StoreKind, default_directory
from .main import OK, given_path, make_parser

_HELP = """Show where `rewrite lint`, `verify` and `schema diff` remember results, or remove them all.

Only files that these commands wrote are removed. Nothing is lost: the next run finds it again."""

_EXAMPLES = """examples:
  rewrite cache dir
  rewrite cache clear
  rewrite cache clear --cache ci-cache
"""


def build_parser() -> argparse.ArgumentParser:
    """The options of this command."""
    made = make_parser("rewrite cache", _HELP, _EXAMPLES)
    made.add_argument("what", choices=("dir", "clear"), metavar="dir|clear", help="what to do")
    made.add_argument(
        "--cache", type=given_path, metavar="DIR", help="the directory, if it was given so"
    )
    return made


def run_command(argv: Sequence[str]) -> int:
    """Run `rewrite cache`; raises InputError where there is no directory, or it can't be emptied."""
    args = build_parser().parse_args(list(argv))
    directory = args.cache or default_directory()
    if directory is None:
        raise InputError("cache", "this user has no home directory: nothing is remembered")
    for kind in StoreKind:
        store = Store(directory, kind)
        if args.what == "dir":
            print(store.folder)
            continue
        try:
            print(f"{store.folder}: {store.clear()} files removed")
        except OSError as error:
            raise InputError(str(store.folder), f"cannot remove: {error.strerror}") from error
    return OK
