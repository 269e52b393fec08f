# SPDX-License-Identifier: GPL-2.0-or-later
"""`rewrite series` and `rewrite PATH... --patches DIR`: the conversion as mails for a mailing list."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError, UsageError
from ..printable import printable, shown
from .main import OK, SELF_CHECK, add_tree_options, given_path, make_parser, open_tree

if TYPE_CHECKING:
    from ..convert.conversion import Converter, TreeResult
    from ..series.make import Series, Wish
    from ..verify.verifier import Proof

_DESCRIPTION = """Write the conversion of PATH as a patch series: one mail in each file of DIR, as
git format-patch does, for git am and git send-email.

The support code comes first where the tree lacks it. Author and date are those of git's
configuration and of the base commit (or SOURCE_DATE_EPOCH); nobody is signed off without --signoff.
"""


_EXAMPLES = """examples:
  rewrite series hw/ -o out --cover-letter --signoff
  rewrite series hw/ -o out --by maintainer -v 2
  git am out/*.patch
"""


def build_parser() -> argparse.ArgumentParser:
    """The options of a series."""
    made = make_parser("rewrite series", _DESCRIPTION, _EXAMPLES)
    add = made.add_argument
    add(
        "paths",
        nargs="*",
        type=given_path,
        metavar="PATH",
        help="files or directories (default: .)",
    )
    add("-o", "--output-directory", "--patches", dest="patches", type=given_path, metavar="DIR",
        required=True, help="where to write the mails")  # fmt: skip
    add("--by", choices=("file", "directory", "maintainer"), default="file",
        help="what one patch changes (default: file)")  # fmt: skip
    add("--max-lines", type=int, metavar="N",
        help="split a patch of more changed lines, if it can be (default: 600)")  # fmt: skip
    add("--cover-letter", action="store_true", help="write 0000-cover-letter.patch as well")
    add("--signoff", action="store_true", help="add your Signed-off-by")
    add("-v", "--reroll-count", type=int, default=0, metavar="N", help="mark as version N")
    add("--rfc", action="store_true", help="[RFC PATCH] in place of [PATCH]")
    add("--subject-prefix", metavar="P", help="[P] in place of [PATCH]")
    add("--base", metavar="REV", help="the commit that the series is based on (default: HEAD)")
    add("--in-reply-to", default="", metavar="ID", help="message id that the series answers")
    add("--to", action="append", default=[], metavar="ADDRESS",
        help="add a To: address; `vmstate`: tables in place of visitors, a patch for each file")  # fmt: skip
    add("--cc", action="append", default=[], metavar="ADDRESS", help="add a Cc: address")
    add("--build", type=given_path, metavar="DIR",
        help="directory of compile_commands.json: prove by machine code, and say so")  # fmt: skip
    add("--verbose", action="store_true", help="name the plumbing sites as well")
    add_tree_options(made)
    return made


def run_command(argv: Sequence[str]) -> int:
    """Write a series; raises UsageError and InputError like every command."""
    args = build_parser().parse_intermixed_args(list(argv))
    from ..convert.conversion import convert_tree
    from ..report.statistics import collect_statistics
    from ..series.make import make_series, tree_options
    from .diagnostics import list_diagnostics

    tables = "vmstate" in args.to
    args.to = [address for address in args.to if address != "vmstate"]
    wish = _read_wish(args)
    if tables:
        from .to_vmstate import write_table_series

        return write_table_series(args, wish)
    paths = args.paths or [Path()]
    converter = open_tree(args, paths)
    if converter.tree.alone:
        raise InputError(str(paths[0]), "a series is of a source tree: name it with --root")
    result = convert_tree(converter, paths)
    for line in list_diagnostics(result, args.verbose):
        print(line, file=sys.stderr)
    if collect_statistics(result)["failed_self_check"]:
        print("a self-check failed: a bug of this tool, nothing was written", file=sys.stderr)
        return SELF_CHECK
    proofs = None if args.build is None else _prove_conversion(args.build, converter, result)
    if _tell_unproved(proofs or ()):
        return SELF_CHECK
    dialect = args.dialect if args.dialect != "auto" else None
    options = tree_options(converter, dialect, args.rules)
    wish = replace(wish, proofs=proofs, options=options)
    series = make_series(converter, result, paths, wish)
    write_series(args.patches, series)
    return OK


def write_series(folder: Path, series: Series) -> None:
    """Write the mails of a series, and say which they are and what is to be told of it."""
    from ..series.folder import store_mails

    for warning in series.warnings:
        print(printable(warning), file=sys.stderr)
    store_mails(folder, series.mails)
    for mail in series.mails:
        print(folder / mail.name)


def _tell_unproved(proofs: Sequence[Proof]) -> bool:
    """Tell of each proof that failed; whether there is one."""
    from ..verify.verifier import FAILURES

    bad = [proof for proof in proofs if proof.outcome in FAILURES]
    for proof in bad:
        print(f"{shown(proof.path)}:{proof.line}:1: error: {proof.function}(): not proved "
              f"[{proof.outcome}]; see `rewrite verify`", file=sys.stderr)  # fmt: skip
    return bool(bad)


_OPTIONS = {
    "max_lines": "--max-lines",
    "version": "-v",
    "to": "--to",
    "cc": "--cc",
    "reply_to": "--in-reply-to",
    "prefix": "--subject-prefix",
}
"""The option that a field of a wish is given by."""


def _read_wish(args: argparse.Namespace) -> Wish:
    """What the options ask for. Raises UsageError for values that no mail can have."""
    from ..series.make import Wish, wrong_wish

    if args.rfc and args.subject_prefix is not None:
        raise UsageError("rewrite series: error: --rfc: not allowed with --subject-prefix")
    usual = "RFC PATCH" if args.rfc else "PATCH"
    wish = Wish(
        by=args.by,
        max_lines=args.max_lines if args.max_lines is not None else Wish.max_lines,
        cover_letter=args.cover_letter,
        signoff=args.signoff,
        prefix=args.subject_prefix if args.subject_prefix is not None else usual,
        version=args.reroll_count,
        base=args.base,
        reply_to=args.in_reply_to,
        to=tuple(args.to),
        cc=tuple(args.cc),
    )
    wrong = wrong_wish(wish)
    if wrong is not None:
        raise UsageError(f"rewrite series: error: {_OPTIONS[wrong[0]]}: {wrong[1]}")
    return wish


def _prove_conversion(build: Path, converter: Converter, result: TreeResult) -> tuple[Proof, ...]:
    from ..files.cache import default_directory
    from ..verify.build import read_database
    from ..verify.cache import Cache
    from ..verify.verifier import TextPair, Verifier

    pairs = [TextPair(c.source.path, c.source.name, c.source.data, c.new) for c in result.changes]
    commands = read_database(build, [pair.path for pair in pairs])
    verifier = Verifier(converter.rules, converter.dialect, Cache(default_directory()))
    return verifier.run(pairs, commands).proofs
