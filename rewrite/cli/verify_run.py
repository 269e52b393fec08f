# SPDX-License-Identifier: GPL-2.0-or-later
"""What `rewrite verify` does: it asks for the proofs, shows how far it is, and tells what came of it."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator

from ..convert.conversion import CheckFailure, Converter
from ..errors import InputError
from ..files.cache import default_directory
from ..files.source import SourceFile
from ..printable import printable
from ..verify.build import from_template, read_database
from ..verify.cache import Cache
from ..verify.unit import ABSENT, OLD_BROKEN, PROVED
from ..verify.verifier import (
    FAILURES,
    OPEN,
    SAID,
    Figures,
    Proof,
    Report,
    Verifier,
    base_pairs,
    count_figures,
    dry_run_pairs,
    spell_ranges,
)
from .diagnostics import Diagnostic, DiagnosticPlace, Style, format_diagnostic, place_in, style_of
from .main import FINDINGS, OK, SELF_CHECK, open_tree, write_stats
from .terminal import show_progress

_LONGEST_HEAD = 2000
"""Bytes before a function's body in which its name is looked for."""


def run(args: argparse.Namespace) -> int:
    """Prove, tell, and give the exit status. Raises InputError."""
    report, failures = _prove(args, open_tree(args, args.paths))
    for failed in failures:
        print(_failed(failed, style_of(args.color)), file=sys.stderr)
    for text in _diagnostics(report, args):
        print(text, file=sys.stderr)
    counted = count_figures(report)
    write_stats(args.stats, counted)
    print(_summary(counted), file=sys.stderr)
    if failures or FAILURES & counted["by_outcome"].keys():
        return SELF_CHECK
    return _status_of(counted, args.require_proof)


def _count_open(counted: Figures) -> int:
    return sum(counted["by_outcome"].get(outcome, 0) for outcome in OPEN)


def _status_of(counted: Figures, all_of_them: bool) -> int:
    """The status where nothing is wrong: a run that proved nothing, or left open what another
    compiler could settle, is not one to build upon."""
    proved = counted["by_outcome"].get(PROVED, 0)
    if not proved:
        print("nothing was verified", file=sys.stderr)
    open_ones = counted["functions"] - proved if all_of_them else _count_open(counted)
    return FINDINGS if open_ones or not proved else OK


def _prove(
    args: argparse.Namespace, converter: Converter
) -> tuple[Report, list[tuple[SourceFile, CheckFailure]]]:
    """Prove what the arguments ask for, and what failed of the conversion itself."""
    failures: list[tuple[SourceFile, CheckFailure]] = []
    if args.base is not None:
        pairs = base_pairs(converter.tree.root, args.base, args.paths)
    else:
        pairs, failures = dry_run_pairs(converter, args.paths)
    files = [pair.path for pair in pairs]
    commands = (
        read_database(args.build, files) if args.build else from_template(args.cc, files)
    )  # fmt: skip
    if args.jobs < 0:
        raise InputError("--jobs", "must not be negative")
    cache = Cache(None if args.no_cache else args.cache or default_directory())
    with show_progress("compiling") as advance:
        verifier = Verifier(converter.rules, converter.dialect, cache, args.jobs, advance)
        return verifier.run(pairs, commands), failures


def _diagnostics(report: Report, args: argparse.Namespace) -> Iterator[str]:
    """One text for each function that is not proved in full; for all of them if asked for."""
    style = style_of(args.color)
    for proof in report.proofs:
        if proof.outcome != PROVED or proof.dead or args.verbose:
            yield "\n".join(
                (format_diagnostic(_diagnostic(report, proof), style), *_details(proof))
            )


def _diagnostic(report: Report, proof: Proof) -> Diagnostic:
    """What is told of a function, at its name in the file as it is now."""
    pair = next(pair for pair in report.pairs if pair.path == proof.path)
    place = DiagnosticPlace(proof.path, 1, 1)
    if proof.line:
        source = SourceFile(pair.path, pair.name, pair.on_disk)
        line = proof.new_line if pair.is_written else proof.line
        brace = source.line_starts[min(line, len(source.line_starts)) - 1]
        place = _at_name(source, proof.function, brace)
    kind = "error" if proof.outcome in FAILURES else "note"
    return Diagnostic(place, kind, f"{proof.function}(): {_said(proof)}", proof.outcome)


def _at_name(source: SourceFile, function: str, brace: int) -> DiagnosticPlace:
    """The name of a function whose body begins in the line of an offset, or else that line."""
    names = re.compile(rf"\b{re.escape(function)}\b".encode("latin-1"))
    end = source.data.find(b"\n", brace)
    found = [m.span() for m in names.finditer(source.data, max(0, brace - _LONGEST_HEAD), end)]
    return place_in(source, *(found[-1] if found else (brace, brace)))


def _said(proof: Proof) -> str:
    if proof.outcome == PROVED:
        how = ", ".join(f"{count} by {name}" for name, count in sorted(proof.methods.items()))
        dead = f"; {spell_ranges(proof.dead)} not compiled" if proof.dead else ""
        return f"proved: {how}{dead}"
    return f"{SAID[proof.outcome]} in {proof.unit}" if proof.unit else SAID[proof.outcome]


def _details(proof: Proof) -> list[str]:
    """Both listings, or what a compiler said, below the diagnostic."""
    detail = "" if proof.outcome == PROVED else proof.detail
    return [printable(f"    {line}") for line in detail.splitlines()]


def _failed(failed: tuple[SourceFile, CheckFailure], style: Style) -> str:
    source, failure = failed
    start = source.line_starts[min(failure.line, len(source.line_starts)) - 1]
    message = f"self-check failed in {failure.function}(): {failure.message}"
    return format_diagnostic(
        Diagnostic(place_in(source, start, start), "error", message, "self-check"), style
    )


def _summary(counted: Figures) -> str:
    """What the run came to, in two or three lines."""
    outcomes = counted["by_outcome"]
    differing = sum(outcomes.get(name, 0) for name in FAILURES)
    unproved = outcomes.get(OLD_BROKEN, 0) + outcomes.get(ABSENT, 0)
    unsettled = f", {_count_open(counted)} not settled" if _count_open(counted) else ""
    lines = [
        f"{counted['functions']} changed functions: {outcomes.get(PROVED, 0)} proved, "
        f"{differing} differ{unsettled}, {unproved} not compiled",
        f"{counted['compilations']} compilations ({counted['from_cache']} known from before) "
        f"in {counted['seconds']} s",
    ]
    if count := counted["lines_not_compiled"]:
        lines.append(f"{count} line{'s' * (count > 1)} that no command compiles")
    if counted["by_method"]:
        how = ", ".join(f"{count} by {name}" for name, count in counted["by_method"].items())
        lines.append(f"identical code: {how}")
    return "\n".join(lines)
