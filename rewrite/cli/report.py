# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `rewrite report`: its options, its summary and its exit status."""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UsageError
from ..printable import as_place, printable, shown
from .main import OK, SELF_CHECK, add_tree_options, given_path, make_parser, open_tree, write_output
from .terminal import show_progress

if TYPE_CHECKING:
    from ..convert.conversion import Converter, TreeResult
    from ..report.view import PageOrigin

_HELP = """Make one HTML page of a conversion: what is converted, what stays and why, and each function's
old and new text side by side with the types of what it visits. Nothing else is written.

The page needs no network and no other file. With --verify it also says which functions are proved;
a proof of another text than the page shows does not count.
"""

_EXAMPLES = """examples:
  rewrite report . -o report.html
  rewrite verify hw/ --build build --stats proofs.json
  rewrite report hw/ --base HEAD~1
  rewrite report hw/ --source-url 'https://example.org/qemu/{commit}/{path}#L{line}'
  rewrite report hw/ --verify proofs.json -o report.html
"""


def build_parser() -> argparse.ArgumentParser:
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
    made.add_argument(
        "--base", metavar="REV",
        help="after --apply: the old text is that of a git revision, the new the file's",
    )  # fmt: skip
    made.add_argument(
        "--source-url", metavar="URL", default="",
        help="links to the source: an address with {path}, {line} and {commit} in it",
    )  # fmt: skip
    add_tree_options(made)
    return made


def run_command(argv: Sequence[str]) -> int:
    """Run `rewrite report`; raises UsageError and InputError like every command."""
    args = build_parser().parse_intermixed_args(list(argv))
    from ..convert.conversion import convert_tree
    from ..report.page import render_page
    from ..report.proofs import read_proofs
    from ..report.view import build_report

    proofs = read_proofs(args.verify) if args.verify is not None else None
    paths = args.paths or [Path()]
    converter = open_tree(args, paths)
    with show_progress("converting") as advance:
        result = convert_tree(converter, paths, advance)
    if args.base is not None:
        result = _convert_since(converter, result, paths, args.base)
    view = build_report(converter, result, proofs, _find_origin(args, converter, result))
    page = render_page(view).encode("utf-8")
    write_output(args.output, page)
    counts = ", ".join(f"{number} {outcome}" for outcome, number in view.counts.parts())
    print(
        f"{as_place(args.output)}: {view.counts.total} sites{': ' if counts else ''}{counts}; "
        f"{len(page) / 1e6:.1f} MB",
        file=sys.stderr,
    )
    return SELF_CHECK if any(file.failures for file in result.files) else OK


def _convert_since(
    converter: Converter, result: TreeResult, paths: Sequence[Path], revision: str
) -> TreeResult:
    """The conversion of what the files were at a revision, which should be what they are now."""
    from ..files.source import SourceFile
    from ..files.tree import Skipped
    from ..verify.verifier import base_pairs

    files = {file.source.name: file for file in result.files}
    skipped = list(result.skipped)
    for pair in base_pairs(converter.tree.root, revision, paths):
        made = converter.convert_once(SourceFile(pair.path, pair.name, pair.old))
        if made is None:
            continue
        files[pair.name] = made
        if made.change is None or made.change.new != pair.new:
            told = f"differs from {revision} in more than its conversion, which alone is shown"
            skipped.append(Skipped(pair.name, told))
            print(printable(f"{shown(pair.path)}: warning: {told}"), file=sys.stderr)
    ordered = tuple(files[name] for name in sorted(files))
    return replace(result, files=ordered, skipped=tuple(skipped))


def _find_origin(args: argparse.Namespace, converter: Converter, result: TreeResult) -> PageOrigin:
    """What the page is made of. Raises UsageError for an address that is none."""
    from ..files.git import find_base, list_differing
    from ..report.view import PageOrigin
    from ..series.make import tree_options

    if args.source_url and not re.match(r"https?://", args.source_url):
        raise UsageError(
            "rewrite report: error: --source-url: expected an address of http or https"
        )
    root = converter.tree.root
    tree = converter.tree
    names = [tree.name_of(str(path.resolve())) for path in args.paths or [Path()]]
    dialect = args.dialect if args.dialect != "auto" else None
    words = ["." if name == str(root) else name for name in names]
    words += tree_options(converter, dialect, args.rules)
    words += ["--base", args.base] if args.base is not None else []
    command = printable(shlex.join(["rewrite", "report", *words]))
    base = find_base(root, args.base)
    if base is None:
        return PageOrigin(command, source=args.source_url)
    names = [file.source.name for file in result.files]
    changed = args.base is None and bool(names and list_differing(root, base, names))
    date = datetime.fromtimestamp(base.time, UTC).strftime("%Y-%m-%d")
    return PageOrigin(command, base.commit, date, changed, args.source_url)
