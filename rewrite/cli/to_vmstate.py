# SPDX-License-Identifier: GPL-2.0-or-later
"""`rewrite PATH... --to vmstate`: save and load handlers become VMState tables."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError, UsageError
from ..files.apply import apply_changes
from ..files.diff import make_diffstat, unified_diff
from ..files.tree import root_of
from ..printable import printable, shown
from ..schema.handlers import FunctionPair
from ..tables.conversion import TableConverter
from ..tables.mails import body_of, subject_of
from ..tables.outcome import Converted, Outcome, Refused, TableResult, TablesResult
from .main import FINDINGS, OK, SELF_CHECK, check_place, load_rules, write_stats
from .terminal import colored_diff, show_progress, wants_color

if TYPE_CHECKING:
    from ..series.make import Wish

_PROOF = "table-proof"


def convert_to_tables(args: argparse.Namespace) -> int:
    """Run a conversion to tables with the options of a conversion; gives the exit status."""
    from .convert_run import settle_killed_run

    if args.dialect != "auto":
        raise UsageError("rewrite: error: --dialect is of visitors, and --to vmstate makes none")
    rules = load_rules(args.rules)
    paths = args.paths or [Path()]
    root = root_of(args.root, paths, rules.root_markers)
    if args.apply:
        settle_killed_run(root)
    check_place(args.stats)
    with show_progress("converting") as advance:
        result = TableConverter(root, rules).convert(paths, advance)
    changes = [f.change for f in result.files if f.change is not None]
    _tell_outcomes(result, root, args.verbose)
    if args.apply:
        apply_changes(changes, root)
    elif not args.check and args.stats != "-":
        _show_diffs(result.files, args.color)
    figures = figures_of(result)
    write_stats(args.stats, figures)
    if changes:
        sys.stderr.write(make_diffstat(changes))
    print(_summarise_tables(figures), file=sys.stderr)
    if any(o.code == _PROOF for o in _list_outcomes(result) if isinstance(o, Refused)):
        return SELF_CHECK
    return FINDINGS if args.check and changes else OK


def _list_outcomes(result: TablesResult) -> list[Outcome]:
    return [outcome for file in result.files for outcome in file.outcomes]


def _tell_outcomes(result: TablesResult, root: Path, verbose: bool) -> None:
    """Why pairs stay, a line each; what was converted as well if that is asked for."""
    lines = [f"{shown(root / s.path)}: warning: {s.reason}" for s in result.skipped]
    for file in result.files:
        for one in file.outcomes:
            section = name_pair(one.pair)
            if isinstance(one, Refused):
                place = f"{shown(root / one.path)}:{one.line}:{one.column}"
                kind = "error" if one.code == _PROOF else "warning"
                lines.append(f"{place}: {kind}: {section} not converted: "
                             f"{one.message} [{one.code}]")  # fmt: skip
            elif verbose:
                place = f"{shown(root / one.pair.place.path)}:{one.pair.place.line}:1"
                lines.append(f"{place}: note: {section} is the table {one.symbol}")
    for line in lines:
        print(printable(line), file=sys.stderr)


def name_pair(pair: FunctionPair) -> str:
    """How a pair is called: by its section, or by the struct or the function that it is in."""
    return f"section {pair.idstr}" if pair.idstr else pair.symbol or f"{pair.save}()"


def _show_diffs(files: Sequence[TableResult], color: str) -> None:
    sys.stderr.flush()
    colored = wants_color(color, sys.stdout)
    for file in files:
        if file.change is not None:
            diff = unified_diff(file.change, file.edits)
            sys.stdout.buffer.write(colored_diff(diff) if colored else diff)
    sys.stdout.buffer.flush()


def figures_of(result: TablesResult) -> Mapping[str, object]:
    """The figures of a run, and every pair with its outcome."""
    found = _list_outcomes(result)
    codes = Counter(o.code for o in found if isinstance(o, Refused))
    return {
        "pairs": len(found),
        "converted": sum(1 for o in found if isinstance(o, Converted)),
        "refused": codes.total(),
        "by_code": dict(codes.most_common()),
        "files_changed": sum(1 for f in result.files if f.change is not None),
        "pair_list": [_figures_of_pair(o) for o in found],
    }


def _figures_of_pair(outcome: Outcome) -> Mapping[str, object]:
    pair = outcome.pair
    told: dict[str, object] = {
        "path": pair.place.path, "line": pair.place.line, "section": pair.idstr,
        "symbol": pair.symbol, "by": pair.by,
        "save": pair.save, "load": pair.load,
    }  # fmt: skip
    if isinstance(outcome, Converted):
        fields = {"table": outcome.symbol, "fields": outcome.fields}
        return told | {"outcome": "converted", **fields, "versions": list(outcome.versions)}
    return told | {"outcome": "refused", "code": outcome.code, "message": outcome.message}


def _summarise_tables(figures: Mapping[str, object]) -> str:
    text = "{pairs} pairs: {converted} converted, {refused} refused".format(**figures)
    codes = figures["by_code"]
    assert isinstance(codes, dict)
    told = ", ".join(f"{n} {code}" for code, n in codes.items())
    return f"{text}\nrefused: {told}" if told else text


# -- mails ---------------------------------------------------------------------------------------


def write_table_series(args: argparse.Namespace, wish: Wish) -> int:
    """Write the conversion as mails, one for each file, with the options of a series."""
    from ..series.make import Patch, make_plain_series
    from .patches import write_series

    for option, value, only in (("--by", args.by, "file"), ("--build", args.build, None)):
        if value != only:
            raise UsageError(f"rewrite series: error: {option}: not with --to vmstate")
    if args.dialect != "auto" or args.cover_letter:
        raise UsageError("rewrite series: error: --dialect, --cover-letter: not with --to vmstate")
    rules = load_rules(args.rules)
    paths = args.paths or [Path()]
    root = root_of(args.root, paths, rules.root_markers)
    with show_progress("converting") as advance:
        result = TableConverter(root, rules).convert(paths, advance)
    _tell_outcomes(result, root, args.verbose)
    if any(o.code == _PROOF for o in _list_outcomes(result) if isinstance(o, Refused)):
        return SELF_CHECK
    patches = [
        Patch(file.change, subject_of(file), body_of(file))
        for file in result.files if file.change is not None
    ]  # fmt: skip
    if not patches:
        raise InputError(" ".join(map(str, paths)), "nothing to convert: no patch to write")
    series = make_plain_series(root, patches, wish)
    write_series(args.patches, series)
    return OK
