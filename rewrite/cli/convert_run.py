# SPDX-License-Identifier: GPL-2.0-or-later
"""A conversion on the command line: its diff and diagnostics, its figures, its exit status."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO

from ..convert.conversion import Converter, FileResult, convert_each, scan_tree
from ..errors import InputError, UsageError
from ..files.apply import apply_changes, recover_tree
from ..files.diff import make_diffstat, unified_diff
from ..files.edit import FileChange
from ..files.source import SourceFile
from ..files.tree import Scan
from ..report.statistics import FileCount, Statistics, Tally, count_file
from ..support.plan import missing_support
from .diagnostics import format_diagnostic, of_file, skipped_files, style_of
from .main import (
    FINDINGS,
    OK,
    SELF_CHECK,
    check_place,
    open_tree,
    write_stats,
)
from .selection import (
    check_functions,
    functions_chosen,
    narrow_scan,
    read_stdin,
    reads_stdin,
    stdin_place,
)
from .terminal import colored_diff, directory_table, show_progress, wants_color


def run_conversion(args: argparse.Namespace) -> int:
    """Convert as the options of `rewrite convert` ask; raises UsageError and InputError."""
    paths = args.paths or [Path()]
    if args.jobs < 0:
        raise UsageError("rewrite convert: error: --jobs: expected a number from 0 up")
    name = None
    if reads_stdin(paths, args):
        name, paths = stdin_place(args)
    converter = open_tree(args, paths, name)
    if args.apply and name is None:
        settle_killed_run(converter.tree.root)
    check_place(args.stats)
    scan = _scan_stdin(converter, name) if name is not None else scan_tree(converter, paths)
    narrow_scan(scan, args)
    _choose_functions(args, converter, scan)
    table = args.summary or (_is_plain(args) and sys.stderr.isatty())
    tally = Tally(converter.tree.root, converter.dialect, keep_sites=bool(args.stats or table))
    text = scan.candidates[0].data if name is not None and scan.candidates else b""
    changes = _convert_files(args, converter, scan, tally)
    check_functions(args.function, tally.sites)
    if args.apply and name is not None:
        sys.stdout.buffer.write(changes[0].new if changes else text)
        sys.stdout.buffer.flush()
    elif args.apply:
        apply_changes(changes, converter.tree.root)
    try:
        return _tell_result(args, converter, tally, changes, table)
    except (OSError, InputError) as error:
        if isinstance(error, BrokenPipeError):
            raise
        done = f"all {len(changes)} files were changed" if args.apply else "no file was changed"
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError("output", f"{why}; {done}") from error


def _is_plain(args: argparse.Namespace) -> bool:
    """Whether this is a dry run that shows all that it can."""
    return not (args.apply or args.check or args.quiet)


def _scan_stdin(converter: Converter, name: Path) -> Scan:
    """A scan of the text on standard input, as if it were a file. Raises InputError for none in C."""
    data = read_stdin()
    if b"\0" in data:
        raise InputError(str(name), "a NUL byte: not C source text")
    return Scan([SourceFile(name, converter.tree.name_of(str(name)), data)], [], 1)


def _choose_functions(args: argparse.Namespace, converter: Converter, scan: Scan) -> None:
    """Narrow the conversion to the functions that --function names or the user takes (-i)."""
    named = functions_chosen(args.function)
    if named is not None:
        converter.choose(named)
    if args.interactive:
        from .choose import take_functions

        converter.choose(take_functions(converter, scan.candidates, args.color))


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
    if not args.quiet:
        _tell_figures(args, converter, figures, changes, table)
    if figures["failed_self_check"]:
        return SELF_CHECK
    return FINDINGS if args.check and tally.files_changed else OK


def _tell_figures(
    args: argparse.Namespace,
    converter: Converter,
    figures: Statistics,
    changes: Sequence[FileChange],
    table: bool,
) -> None:
    if changes:
        sys.stderr.write(make_diffstat(changes))
    if table:
        sys.stderr.write(directory_table(figures["site_list"], wants_color(args.color, sys.stderr)))
    print(_summarise_run(figures, args.apply), file=sys.stderr)
    if changes and not converter.tree.alone:
        sys.stderr.write(missing_support(converter.tree.root, converter.rules, converter.dialect))


def _convert_files(
    args: argparse.Namespace, converter: Converter, scan: Scan, tally: Tally
) -> list[FileChange]:
    """Count every file, tell what became of it and show its diff; the changes are for --apply.

    What is to be shown waits in files until all is done: the progress bar is gone then, diagnostics
    come before the diff, and memory does not grow with either.
    """
    shows = not (args.apply or args.check or args.stats == "-")
    color = shows and wants_color(args.color, sys.stdout)
    style = style_of(args.color)
    changes: list[FileChange] = []

    def treat(file: FileResult) -> _Treated:
        change = file.change
        diff = unified_diff(change, file.edits) if change is not None and shows else b""
        found = [d for d in of_file(file, args.verbose) if d.kind == "error" or not args.quiet]
        lines = tuple(format_diagnostic(d, style) for d in found)
        return _Treated(count_file(file), lines, diff, change if args.apply else None)

    with SpooledTemporaryFile(_IN_MEMORY) as notes, SpooledTemporaryFile(_IN_MEMORY) as diffs:
        _tell_notes(notes, [] if args.quiet else skipped_files(scan.skipped, converter.tree.root))
        with show_progress("converting", args.quiet) as advance:
            for file in convert_each(converter, scan, treat, advance, args.jobs):
                tally.add(file.count)
                _tell_notes(notes, file.told)
                diffs.write(colored_diff(file.diff) if color else file.diff)
                changes += [file.change] if file.change is not None else []
        _show_diffs(notes, diffs)
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


def _tell_notes(notes: IO[bytes], lines: Sequence[str]) -> None:
    notes.writelines(line.encode("utf-8", "backslashreplace") + b"\n" for line in lines)


def _show_diffs(notes: IO[bytes], diffs: IO[bytes]) -> None:
    notes.seek(0)
    for line in notes:
        sys.stderr.write(line.decode("utf-8"))
    diffs.seek(0)
    while part := diffs.read(1 << 20):
        sys.stdout.buffer.write(part)
    sys.stdout.buffer.flush()


def settle_killed_run(root: Path) -> None:
    """Undo or finish what a killed run left in a tree, and say so."""
    recovery = recover_tree(root)
    if recovery is not None:
        print(
            f"an interrupted run was {recovery.outcome}: {len(recovery.paths)} files",
            file=sys.stderr,
        )


def _summarise_run(figures: Statistics, applied: bool) -> str:
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
