# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `rewrite lint`: its options, its output and its exit status."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .cli import (
    FINDINGS,
    OK,
    UsageError,
    add_tree_options,
    chosen_dialect,
    load,
    make_parser,
    root_of,
)
from .convert import open_converter
from .lint import Finding, Linter, advise, lint_tree, only_new
from .lint_change import baseline_text, changes_since, lint_changes, lint_patch, read_baseline
from .lint_config import load_config
from .lint_format import FORMATS, statistics
from .rules import Rules
from .source import SourceFile
from .tree import InputError, Tree

_HELP = """Find what the rules forbid in save and load handlers: calls of QEMUFile primitives, and
saves and loads that disagree. Findings go to standard output, everything else to standard error.

A `.rewrite.toml` found upward configures it; docs/lint.md describes the codes and the file.
Exit status 1 means a finding of severity error or warning; a note alone gives 0.
"""


def _parser() -> argparse.ArgumentParser:
    parser = make_parser("rewrite lint", _HELP)
    parser.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="files or directories (default: .)"
    )
    parser.add_argument(
        "--since", metavar="REV", help="only what is new in the worktree since REV, or in REV..REV2"
    )
    parser.add_argument(
        "--patch",
        metavar="FILE",
        help="lint a patch or mailbox without a tree; `-` is standard input",
    )
    parser.add_argument("--baseline", type=Path, metavar="FILE", help="leave out what it records")
    parser.add_argument(
        "--write-baseline", type=Path, metavar="FILE", help="record the findings and exit 0"
    )
    parser.add_argument("--format", choices=tuple(FORMATS), default="text", help="default: text")
    parser.add_argument("--max", type=int, metavar="N", help="show at most N findings")
    parser.add_argument("--statistics", action="store_true", help="count the findings by code")
    add_tree_options(parser)
    return parser


def command(argv: Sequence[str]) -> int:
    """Run `rewrite lint`; raises UsageError and InputError like every command."""
    args = _parser().parse_intermixed_args(list(argv))
    if args.patch is not None and (args.paths or args.since):
        raise UsageError("rewrite lint: error: --patch takes neither PATH nor --since")
    if args.max is not None and args.max < 0:
        raise UsageError("rewrite lint: error: --max: expected a number from 0 up")
    rules = load(args.rules)
    found, complete = _patch(args, rules) if args.patch is not None else _tree(args, rules)
    if args.write_baseline is not None:
        _write(args.write_baseline, baseline_text(found))
        print(f"{len(found)} findings recorded in {args.write_baseline}", file=sys.stderr)
        return OK
    shown = found if args.max is None else found[: args.max]
    sys.stdout.write(FORMATS[args.format](complete(shown), rules))
    if len(shown) < len(found):
        print(f"{len(found) - len(shown)} more findings not shown", file=sys.stderr)
    if args.statistics:
        sys.stderr.write(statistics(found))
    return FINDINGS if any(f.severity in ("error", "warning") for f in found) else OK


class _Advice:
    """Completes findings with what to write instead, in a tree whose declarations can be read."""

    def __init__(self, args: argparse.Namespace, rules: Rules, linter: Linter) -> None:
        self._args, self._rules, self._linter = args, rules, linter
        self.root = Path()
        self.sources: list[SourceFile] = []

    def __call__(self, found: list[Finding]) -> list[Finding]:
        if not self.sources or not any(f.code == "new-primitive" for f in found):
            return found
        dialect = chosen_dialect(self._rules, self._args.dialect)
        converter = open_converter(self.root, self._rules, dialect)
        return advise(converter, self._linter.config, self.sources, found)


def _tree(args: argparse.Namespace, rules: Rules) -> tuple[list[Finding], _Advice]:
    paths = args.paths or [Path()]
    root = root_of(args.root, paths, rules)
    config = load_config(_folder(paths[0]), rules)
    linter = Linter(rules, config)
    if args.since is None:
        tree = Tree(root, rules.skip_dirs)
        linter, sources, found, skipped = lint_tree(tree, rules, config, paths)
        for one in skipped:
            print(f"{one.path}: warning: {one.reason}", file=sys.stderr)
    else:
        changes = changes_since(root, args.since, paths)
        sources, found = lint_changes(linter, root, changes)
    advice = _Advice(args, rules, linter)
    if args.since is None or ".." not in args.since:
        advice.root, advice.sources = root, sources
    return _without_baseline(args, found), advice


def _folder(path: Path) -> Path:
    resolved = path.resolve()
    return resolved if resolved.is_dir() else resolved.parent


def _patch(args: argparse.Namespace, rules: Rules) -> tuple[list[Finding], _Advice]:
    linter = Linter(rules, load_config(Path.cwd(), rules))
    try:
        data = sys.stdin.buffer.read() if args.patch == "-" else Path(args.patch).read_bytes()
    except OSError as error:
        raise InputError(args.patch, f"cannot read: {error.strerror}") from error
    found = _without_baseline(args, lint_patch(linter, data))
    return found, _Advice(args, rules, linter)


def _without_baseline(args: argparse.Namespace, found: list[Finding]) -> list[Finding]:
    return found if args.baseline is None else only_new(found, read_baseline(args.baseline))


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(str(path), f"cannot write: {error.strerror}") from error
