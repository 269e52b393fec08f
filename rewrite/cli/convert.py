# SPDX-License-Identifier: GPL-2.0-or-later
"""The conversion on the command line: its options, its diff and diagnostics, its exit status."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO

from .. import __version__
from ..convert.conversion import Converter, FileResult, TreeResult, convert_each, scan_tree
from ..convert.outcome import Refusal
from ..errors import InputError
from ..files.apply import apply_changes, recover
from ..files.diff import diffstat, unified_diff
from ..files.edit import FileChange
from ..files.source import SourceFile
from ..files.tree import Skipped
from ..printable import printable
from ..report.statistics import FileCount, Statistics, Tally, count_file
from ..support.plan import missing_support
from .main import (
    FINDINGS,
    OK,
    SELF_CHECK,
    add_tree_options,
    check_place,
    given_path,
    make_parser,
    open_tree,
    shown,
    write_stats,
)
from .terminal import COLORS, colored_diff, directory_table, progress, wants_color

_HELP = """Convert the qemu_put_*/qemu_get_* calls of QEMU's handlers to visit_type_* calls.

Without --apply or --check the change is shown as one unified diff on standard output, which
`git apply` takes in the tree's root; diagnostics and a summary go to standard error. Each changed
file is checked against its old text before it is shown or written.

With --patches DIR the change is written as a mail series; `rewrite --patches DIR --help` says more.

Other commands, each with its own --help:
  rewrite completion SHELL           the script with which a shell completes this command
  rewrite dialect TREE               which era of the Visitor interface it has, and why
  rewrite explain FILE:LINE | CODE   why a site became what it became, or stayed
  rewrite lint                       what the rules forbid, for continuous integration
  rewrite report PATH...             all of it as one page of HTML
  rewrite rules list|check|add|fmt   the rule files
  rewrite support TREE               what converted code calls and the tree lacks
  rewrite verify PATH...             compile old and new text, and compare the machine code
"""

_EXAMPLES = """examples:
  rewrite hw/                          show what would change
  rewrite hw/ | git apply              change it so
  rewrite hw/ --apply                  or so: all files or none
  rewrite hw/ --to vmstate             tables in place of save and load functions
  rewrite . --check                    only an exit status, for scripts
  rewrite hw/ --stats - | jq .by_code  count the refusals
"""


def parser() -> argparse.ArgumentParser:
    """The options of a conversion."""
    made = make_parser("rewrite", _HELP, _EXAMPLES)
    made.add_argument(
        "paths",
        nargs="*",
        type=given_path,
        metavar="PATH",
        help="files or directories (default: .)",
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
    made.add_argument("--version", action="version", version=f"rewrite {__version__}")
    return made


def command(argv: Sequence[str]) -> int:
    """Run a conversion; raises UsageError and InputError like every command."""
    args = parser().parse_intermixed_args(list(argv))
    if args.to == "vmstate":
        from .to_vmstate import convert_to_tables

        return convert_to_tables(args)
    paths = args.paths or [Path()]
    converter = open_tree(args, paths)
    if args.apply:
        settle(converter.tree.root)
    check_place(args.stats)
    table = args.summary or (sys.stderr.isatty() and not args.apply and not args.check)
    tally = Tally(converter.tree.root, converter.dialect, keep_sites=bool(args.stats or table))
    changes = _convert(args, converter, paths, tally)
    if args.apply:
        apply_changes(changes, converter.tree.root)
    try:
        return _tell_result(args, converter, tally, changes, table)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        done = f"all {len(changes)} files were changed" if args.apply else "no file was changed"
        raise InputError("output", f"{error.strerror}; {done}") from error


def _tell_result(
    args: argparse.Namespace,
    converter: Converter,
    tally: Tally,
    changes: Sequence[FileChange],
    table: bool,
) -> int:
    """What a run came to, as figures and in words, and its exit status."""
    figures = tally.figures
    write_stats(args.stats, figures)
    if changes:
        sys.stderr.write(diffstat(changes))
    if table:
        sys.stderr.write(directory_table(figures["site_list"], wants_color(args.color, sys.stderr)))
    print(_summary(figures, args.apply), file=sys.stderr)
    if changes and not converter.tree.alone:
        sys.stderr.write(missing_support(converter.tree.root, converter.rules, converter.dialect))
    if figures["failed_self_check"]:
        return SELF_CHECK
    return FINDINGS if args.check and tally.files_changed else OK


def _convert(
    args: argparse.Namespace, converter: Converter, paths: Sequence[Path], tally: Tally
) -> list[FileChange]:
    """Count every file, tell what became of it and show its diff; the changes are for --apply.

    What is to be shown waits in files until all is done: the progress bar is gone then, diagnostics
    come before the diff, and memory does not grow with either.
    """
    scan = scan_tree(converter, paths)
    shows = not (args.apply or args.check or args.stats == "-")
    color = shows and wants_color(args.color, sys.stdout)
    changes: list[FileChange] = []

    def treat(file: FileResult) -> _Treated:
        change = file.change
        diff = unified_diff(change, file.edits) if change is not None and shows else b""
        told = tuple(_of_file(file, args.verbose))
        return _Treated(count_file(file), told, diff, change if args.apply else None)

    with SpooledTemporaryFile(_IN_MEMORY) as told, SpooledTemporaryFile(_IN_MEMORY) as diffs:
        _tell(told, _skipped(scan.skipped, converter.tree.root))
        with progress("converting") as advance:
            for file in convert_each(converter, scan, treat, advance):
                tally.add(file.count)
                _tell(told, file.told)
                diffs.write(colored_diff(file.diff) if color else file.diff)
                changes += [file.change] if file.change is not None else []
        _show(told, diffs)
    return changes


@dataclass(frozen=True)
class _Treated:
    """What is kept of a file: the lines and the diff to show, the change to write."""

    count: FileCount
    told: tuple[str, ...]
    diff: bytes
    change: FileChange | None


_IN_MEMORY = 16 << 20
"""From how many bytes on what is to be shown waits on disk."""


def _tell(told: IO[bytes], lines: Sequence[str]) -> None:
    told.writelines(printable(line).encode("utf-8", "backslashreplace") + b"\n" for line in lines)


def _show(told: IO[bytes], diffs: IO[bytes]) -> None:
    told.seek(0)
    for line in told:
        sys.stderr.write(line.decode("utf-8"))
    diffs.seek(0)
    while part := diffs.read(1 << 20):
        sys.stdout.buffer.write(part)
    sys.stdout.buffer.flush()


def settle(root: Path) -> None:
    """Undo or finish what a killed run left in a tree, and say so."""
    recovery = recover(root)
    if recovery is not None:
        print(
            f"an interrupted run was {recovery.outcome}: {len(recovery.paths)} files",
            file=sys.stderr,
        )


# -- diagnostics ---------------------------------------------------------------------------------


def _at(source: SourceFile, offset: int) -> str:
    position = source.position(offset)
    return f"{shown(source.path)}:{position.line}:{position.column}"


def _file_diagnostics(file: FileResult, verbose: bool) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for outcome in file.outcomes:
        at = outcome.site.start
        if isinstance(outcome, Refusal):
            name = outcome.site.primitive.name
            found.append(
                (
                    at,
                    f"{_at(file.source, at)}: warning: {name} not converted: "
                    f"{outcome.message} [{outcome.code}]",
                )
            )
        elif verbose and hasattr(outcome, "reason"):
            found.append(
                (
                    at,
                    f"{_at(file.source, at)}: note: {outcome.site.primitive.name} stays: "
                    f"{outcome.reason} [plumbing]",
                )
            )
    for clash in file.clashes if verbose else ():
        at = clash.load.start
        found.append(
            (
                at,
                f"{_at(file.source, at)}: note: loads `{clash.loaded}` where {clash.save.function}() "
                f"saves `{clash.saved}` [names-differ]",
            )
        )
    for failure in file.failures:
        place = f"{shown(file.source.path)}:{failure.line}:1"
        found.append(
            (
                0,
                f"{place}: error: self-check failed in {failure.function}(): {failure.message}; "
                "the function is left alone [self-check]",
            )
        )
    return found


def diagnostics(result: TreeResult, verbose: bool) -> list[str]:
    """What is to be told of a conversion, a line each: refusals, what was skipped, failed checks."""
    lines = _skipped(result.skipped, result.root)
    for file in result.files:
        lines += _of_file(file, verbose)
    return lines


def _skipped(skipped: Sequence[Skipped], root: Path) -> list[str]:
    return [f"{shown(root / s.path)}: warning: {s.reason}" for s in skipped]


def _of_file(file: FileResult, verbose: bool) -> list[str]:
    return list(dict.fromkeys(text for _, text in sorted(_file_diagnostics(file, verbose))))


def _summary(figures: Statistics, applied: bool) -> str:
    verb = "changed" if applied else "to change"
    lines = [
        f"{figures['sites']} sites: {figures['converted']} converted, "
        f"{figures['plumbing']} plumbing, {figures['refused']} refused "
        f"(dialect {figures['dialect']})",
        f"{figures['files_changed']} files {verb}, {figures['functions_changed']} functions",
    ]
    if figures["by_code"]:
        lines.append("refused: " + ", ".join(f"{n} {c}" for c, n in figures["by_code"].items()))
    if figures["failed_self_check"]:
        lines.append(f"{figures['failed_self_check']} self-checks failed: a bug of this tool")
    return "\n".join(lines)
