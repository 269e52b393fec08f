# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `rewrite lint`: its options, its output and its exit status."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ..convert.candidates import can_hold_finding, worth_linting
from ..errors import InputError, UsageError
from ..files.cache import Kind, Store, default_directory
from ..files.source import SourceFile
from ..files.tree import Seen, Tree, root_of
from ..lint.cache import Fixes, LintCache, with_fixes
from ..lint.config import LintConfig, load_config
from ..lint.finding import Finding, baseline_text, only_new, read_baseline
from ..lint.format import FORMATS, statistics
from ..printable import printable
from ..rules.ruleset import Rules
from .main import (
    FINDINGS,
    OK,
    add_tree_options,
    chosen_dialect,
    given_path,
    load,
    make_parser,
    shown,
)

_HELP = """Find what the rules forbid in save and load handlers: calls of QEMUFile primitives, and
saves and loads that disagree. Findings go to standard output, everything else to standard error.

A `.rewrite.toml` found upward configures it; docs/lint.md describes the codes and the file.
Exit status 1 means a finding of severity error or warning; a note alone gives 0.
"""


_EXAMPLES = """examples:
  rewrite lint hw/
  rewrite lint --since origin/master --format github
  rewrite lint --patch series.mbox
  rewrite lint . --write-baseline lint.json; rewrite lint . --baseline lint.json
"""


def parser() -> argparse.ArgumentParser:
    """The options of this command."""
    made = make_parser("rewrite lint", _HELP, _EXAMPLES)
    made.add_argument(
        "paths",
        nargs="*",
        type=given_path,
        metavar="PATH",
        help="files or directories (default: .)",
    )
    made.add_argument(
        "--since", metavar="REV", help="only what is new in the worktree since REV, or in REV..REV2"
    )
    made.add_argument(
        "--patch",
        metavar="FILE",
        help="lint a patch or mailbox without a tree; `-` is standard input",
    )
    made.add_argument("--baseline", type=Path, metavar="FILE", help="leave out what it records")
    made.add_argument(
        "--write-baseline", type=Path, metavar="FILE", help="record the findings and exit 0"
    )
    made.add_argument("--cache", type=Path, metavar="DIR", help="where findings are remembered")
    made.add_argument("--no-cache", action="store_true", help="remember and reuse nothing")
    made.add_argument("--format", choices=tuple(FORMATS), default="text", help="default: text")
    made.add_argument("--max", type=int, metavar="N", help="show at most N findings")
    made.add_argument("--statistics", action="store_true", help="count the findings by code")
    add_tree_options(made)
    return made


def command(argv: Sequence[str]) -> int:
    """Run `rewrite lint`; raises UsageError and InputError like every command."""
    args = parser().parse_intermixed_args(list(argv))
    if args.patch is not None and (args.paths or args.since):
        raise UsageError("rewrite lint: error: --patch takes neither PATH nor --since")
    if args.max is not None and args.max < 0:
        raise UsageError("rewrite lint: error: --max: expected a number from 0 up")
    rules = load(args.rules)
    found, complete = _patch(args, rules) if args.patch is not None else _tree(args, rules)
    if args.baseline is not None:
        found = only_new(found, read_baseline(args.baseline))
    if args.write_baseline is not None:
        return _record(args.write_baseline, found)
    some = found if args.max is None else found[: args.max]
    sys.stdout.write(printable(FORMATS[args.format](complete(some), rules)))
    if len(some) < len(found):
        print(f"{len(found) - len(some)} more findings not shown", file=sys.stderr)
    if args.statistics:
        sys.stderr.write(statistics(found))
    return FINDINGS if any(f.severity in ("error", "warning") for f in found) else OK


_Completion = Callable[[list[Finding]], list[Finding]]
"""Completes the findings that are shown: what to write instead, and the path as it is shown."""


def _as_they_are(found: list[Finding]) -> list[Finding]:
    return found


def _tree(args: argparse.Namespace, rules: Rules) -> tuple[list[Finding], _Completion]:
    """The findings in files; what only they need is imported where a file may hold one."""
    paths = args.paths or [Path()]
    root = root_of(args.root, paths, rules.root_markers)
    config = load_config(paths[0], rules, root)
    if args.since is not None:
        return _since(args, rules, config, root)
    finds = can_hold_finding(rules)
    scan = Tree(root, rules.skip_dirs).scan(paths, worth_linting(rules))
    for one in scan.skipped:
        print(f"{shown(root / one.path)}: warning: {one.reason}", file=sys.stderr)
    sources = [s for s in scan.candidates if finds(s.data)]
    if not sources:
        return [], _as_they_are
    cache = _cache(args, config)

    def find() -> list[Finding]:
        from ..lint.linter import lint_together

        return lint_together(rules, config, scan.candidates)

    found = cache.findings(scan.candidates, find)
    return found, _completion(args, rules, root, sources, cache)


def _since(
    args: argparse.Namespace, rules: Rules, config: LintConfig, root: Path
) -> tuple[list[Finding], _Completion]:
    from ..lint.git import changes_since

    changes = changes_since(root, args.since, args.paths or [Path()])
    finds = can_hold_finding(rules)
    if not any(finds(change.new) for change in changes):
        return [], _as_they_are
    from ..lint.change import lint_changes
    from ..lint.linter import Linter

    sources, found = lint_changes(Linter(rules, config), root, changes)
    known = [] if ".." in args.since else sources
    return found, _completion(args, rules, root, known, _cache(args, config))


def _cache(args: argparse.Namespace, config: LintConfig) -> LintCache:
    """What was found before, unless it is not to be asked."""
    directory = None if args.no_cache else args.cache or default_directory()
    return LintCache(Store(directory, Kind.FINDINGS), args.rules, config)


def _completion(
    args: argparse.Namespace,
    rules: Rules,
    root: Path,
    sources: Sequence[SourceFile],
    cache: LintCache,
) -> _Completion:
    """Advice from the tree's declarations, for `sources`; in text, paths that open from here."""

    def complete(found: list[Finding]) -> list[Finding]:
        paths = {f.path for f in found if f.code == "new-primitive"}
        wanted = [source for source in sources if source.name in paths]

        def convert() -> tuple[Fixes, list[Seen]]:
            from ..convert.conversion import open_converter
            from ..lint.advice import fixes_of

            converter = open_converter(root, rules, chosen_dialect(rules, args.dialect))
            return fixes_of(converter, cache.config, wanted)

        fixes: Fixes = []
        if wanted:
            fixes = cache.fixes(Tree(root, rules.skip_dirs), args.dialect, wanted, convert)
        names = {p: shown(root / p) for p in {f.path for f in found} if args.format == "text"}
        return with_fixes(found, fixes, names)

    return complete


def _patch(args: argparse.Namespace, rules: Rules) -> tuple[list[Finding], _Completion]:
    from ..lint.change import lint_patch
    from ..lint.linter import Linter

    linter = Linter(rules, load_config(Path.cwd(), rules))
    try:
        data = sys.stdin.buffer.read() if args.patch == "-" else Path(args.patch).read_bytes()
    except OSError as error:
        raise InputError(args.patch, f"cannot read: {error.strerror}") from error
    return lint_patch(linter, data), _as_they_are


def _record(path: Path, found: list[Finding]) -> int:
    try:
        path.write_text(baseline_text(found), encoding="utf-8")
    except OSError as error:
        raise InputError(str(path), f"cannot write: {error.strerror}") from error
    print(f"{len(found)} findings recorded in {path}", file=sys.stderr)
    return OK
