# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `rewrite verify`: its options, its progress bar, and how proofs are told."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence

from ..convert.conversion import Converter
from ..errors import InputError
from ..files.cache import default_directory
from ..printable import printable, shown
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
    dry_run_pairs,
    figures,
    ranges,
)
from .main import (
    FINDINGS,
    OK,
    SELF_CHECK,
    add_tree_options,
    check_place,
    given_path,
    make_parser,
    open_tree,
    write_stats,
)
from .terminal import progress

_DESCRIPTION = """Compile the old and the new text of every changed function, and compare machine code.

Without --base, the new text is what the conversion of PATH would write. In both texts the
primitives and the visits of changed functions become the same wire operations, so what the
compiler makes of them must be identical. Status 3 says that something differs, status 1 that
nothing was proved, or that clang is missing to settle a difference.

With --to vmstate the new text has tables. Both texts are linked with the tree's own interpreter of
tables, and save and load the same random states, in every version and cut off.
"""

_EXAMPLES = """examples:
  rewrite verify hw/ --build build
  rewrite verify hw/ --cc 'gcc -Iinclude -I. -c {file}'
  rewrite verify hw/ --build build --base HEAD           after --apply: files against a revision
  rewrite verify hw/ --build build --to vmstate          tables and functions, run side by side
  rewrite verify hw/ --build build --stats proofs.json   for `rewrite report --verify proofs.json`
"""


def parser() -> argparse.ArgumentParser:
    """The options of this command."""
    made = make_parser("rewrite verify", _DESCRIPTION, _EXAMPLES)
    made.add_argument(
        "paths", nargs="+", type=given_path, metavar="PATH", help="files or directories"
    )
    how = made.add_mutually_exclusive_group(required=True)
    how.add_argument(
        "--build", type=given_path, metavar="DIR", help="directory that holds compile_commands.json"
    )
    how.add_argument("--cc", metavar="COMMAND", help="compile every file so; names it {file}")
    made.add_argument(
        "--base", metavar="REV", help="the old text is that of a git revision, the new the file"
    )
    made.add_argument(
        "--to", choices=("visitors", "vmstate"), default="visitors",
        help="what the new text has; of tables, old and new are run on random states",
    )  # fmt: skip
    made.add_argument(
        "--trials", type=int, default=200, metavar="N", help="--to vmstate: states for each pair"
    )
    made.add_argument("--stats", metavar="FILE", help="write figures as JSON; `-`: to the output")
    made.add_argument("--jobs", type=int, default=0, metavar="N", help="compilers at a time")
    made.add_argument("--cache", type=given_path, metavar="DIR", help="where proofs are remembered")
    made.add_argument("--no-cache", action="store_true", help="remember and reuse nothing")
    made.add_argument(
        "--require-proof", action="store_true", help="status 1 if any function is not proved"
    )
    made.add_argument("-v", "--verbose", action="store_true", help="name what is proved as well")
    add_tree_options(made)
    return made


def command(argv: Sequence[str]) -> int:
    """Run `rewrite verify`; raises UsageError and InputError like every command."""
    args = parser().parse_intermixed_args(list(argv))
    check_place(args.stats)
    if args.to == "vmstate":
        from .verify_tables import verify_tables

        return verify_tables(args)
    report, failures = _run(args, open_tree(args, args.paths))
    for text in (*failures, *_diagnostics(report, args.verbose)):
        print(printable(text), file=sys.stderr)
    counted = figures(report)
    write_stats(args.stats, counted)
    print(_summary(counted), file=sys.stderr)
    if failures or FAILURES & counted["by_outcome"].keys():
        return SELF_CHECK
    return _unproved(counted, args.require_proof)


def _count_open(counted: Figures) -> int:
    return sum(counted["by_outcome"].get(outcome, 0) for outcome in OPEN)


def _unproved(counted: Figures, all_of_them: bool) -> int:
    """The status where nothing is wrong: a run that proved nothing, or left open what another
    compiler could settle, is not one to build upon."""
    proved = counted["by_outcome"].get(PROVED, 0)
    if not proved:
        print("nothing was verified", file=sys.stderr)
    open_ones = counted["functions"] - proved if all_of_them else _count_open(counted)
    return FINDINGS if open_ones or not proved else OK


def _run(args: argparse.Namespace, converter: Converter) -> tuple[Report, list[str]]:
    """Prove what the arguments ask for; the strings are failures of the conversion itself."""
    failures: list[str] = []
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
    with progress("compiling") as advance:
        verifier = Verifier(converter.rules, converter.dialect, cache, args.jobs, advance)
        return verifier.run(pairs, commands), failures


def _diagnostics(report: Report, verbose: bool) -> Iterator[str]:
    """One text for each function that is not proved in full; for all of them if `verbose`."""
    for proof in report.proofs:
        if proof.outcome != PROVED or proof.dead or verbose:
            yield _told(proof, shown(proof.path))


def _told(proof: Proof, path: str) -> str:
    kind = "error" if proof.outcome in FAILURES else "note"
    place = f"{path}:{proof.line or 1}:1: {kind}: {proof.function}()"
    if proof.outcome == PROVED:
        how = ", ".join(f"{count} by {name}" for name, count in sorted(proof.methods.items()))
        dead = f"; {ranges(proof.dead)} not compiled" if proof.dead else ""
        return f"{place}: proved: {how}{dead} [proved]"
    unit = f" in {proof.unit}" if proof.unit else ""
    lines = [f"{place}: {SAID[proof.outcome]}{unit} [{proof.outcome}]"]
    return "\n".join(lines + [f"    {line}" for line in proof.detail.splitlines()])


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
