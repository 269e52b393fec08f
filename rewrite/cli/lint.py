# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `rewrite lint`: its options, its output and its exit status."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..convert.candidates import can_hold_finding, worth_linting
from ..errors import InputError, UsageError
from ..files.cache import Store, StoreKind, default_directory
from ..files.source import SourceFile
from ..files.tree import Scan, Seen, Tree
from ..lint.cache import Fixes, LintCache, with_fixes
from ..lint.config import LintConfig, load_config
from ..lint.finding import Finding, Recorded, baseline_text, list_stale, only_new, read_baseline
from ..lint.format import FORMATS, format_sarif, format_statistics
from ..printable import printable, shown
from ..rules.place import rules_at
from ..rules.ruleset import Rules
from .main import (
    FINDINGS,
    OK,
    add_tree_options,
    chosen_dialect,
    given_path,
    load_rules,
    make_parser,
    tree_root,
)
from .selection import (
    STDIN,
    add_file_selection,
    add_stdin_name,
    files_chosen,
    narrow_scan,
    read_stdin,
    reads_stdin,
    stdin_place,
)
from .terminal import COLORS, wants_color

if TYPE_CHECKING:
    from ..convert.conversion import Converter
    from ..schema.tables_types import TypeFault

_HELP = """Find what the rules forbid in save and load handlers: calls of QEMUFile primitives, and
saves and loads that disagree. Findings go to standard output, everything else to standard error.

A `.rewrite.toml` found upward configures it; docs/lint.md describes the codes and the file.
Exit status 1 means a finding of severity error or warning; a note alone gives 0.
"""


_EXAMPLES = """examples:
  rewrite lint hw/
  rewrite lint --since origin/master --format github
  rewrite lint --patch series.mbox
  rewrite lint hw/ --fix
  rewrite lint . --write-baseline lint.json; rewrite lint . --baseline lint.json
"""


def build_parser() -> argparse.ArgumentParser:
    """The options of this command."""
    made = make_parser("rewrite lint", _HELP, _EXAMPLES)
    made.add_argument(
        "paths",
        nargs="*",
        type=given_path,
        metavar="PATH",
        help="files or directories (default: .); `-` is standard input",
    )
    made.add_argument(
        "--since",
        metavar="REV",
        help="only what is new in the worktree since REV, in REV..REV2 or REV...REV2",
    )
    made.add_argument(
        "--pre-commit",
        action="store_true",
        help="as a hook of pre-commit: what a commit or push adds, all with --all-files",
    )
    made.add_argument(
        "--patch",
        metavar="FILE",
        help="lint a patch or mailbox without a tree; `-` is standard input",
    )
    made.add_argument(
        "--baseline", type=given_path, metavar="FILE", help="leave out what it records"
    )
    made.add_argument(
        "--write-baseline",
        type=given_path,
        metavar="FILE",
        help="record the findings and exit 0; with --baseline, what it has of other files as well",
    )
    _add_effort(made)
    add_file_selection(made)
    _add_output(made)
    add_tree_options(made)
    return made


def _add_output(made: argparse.ArgumentParser) -> None:
    """Add how findings are told, and --fix."""
    made.add_argument("--format", choices=tuple(FORMATS), default="text", help="default: text")
    made.add_argument("--max", type=int, metavar="N", help="show at most N findings")
    made.add_argument("--statistics", action="store_true", help="count the findings by code")
    made.add_argument(
        "--color", choices=COLORS, default="auto",
        help="text in colour, with source lines (default: auto, on a terminal unless NO_COLOR is set)",
    )  # fmt: skip
    made.add_argument(
        "--fix", action="store_true",
        help="convert the functions that call a primitive, and tell what is left",
    )  # fmt: skip
    add_stdin_name(made)


def _add_effort(made: argparse.ArgumentParser) -> None:
    """Add what says how much is looked at, and what of it is remembered."""
    made.add_argument(
        "--tables", action="store_true", help="check the types of VMState tables as well (slower)"
    )
    made.add_argument(
        "--cache", type=given_path, metavar="DIR", help="where findings are remembered"
    )
    made.add_argument("--no-cache", action="store_true", help="remember and reuse nothing")


def run_command(argv: Sequence[str]) -> int:
    """Run `rewrite lint`; raises UsageError and InputError like every command."""
    args = build_parser().parse_intermixed_args(list(argv))
    _check_options(args)
    rules = load_rules(args.rules)
    records = [] if args.baseline is None else read_baseline(args.baseline)
    looked = _lint_patch(args, rules) if args.patch is not None else _lint_tree(args, rules)
    if args.fix and looked.found:
        looked = _fix_findings(args, rules, looked)
    allowed = [(finding, "inSource") for finding in looked.found if finding.allowed]
    found = [finding for finding in looked.found if not finding.allowed]
    scope = looked.scope
    chosen = files_chosen(args)
    found = [finding for finding in found if chosen(finding.path)]
    allowed = [(finding, kind) for finding, kind in allowed if chosen(finding.path)]
    covered = [record for record in records if scope(record.path) and chosen(record.path)]
    gone = list_stale(covered, found)
    if args.write_baseline is not None:
        known = set(covered)
        others = [record for record in records if record not in known]
        return _write_baseline(
            args.write_baseline, [*others, *(f.record for f in found)], len(gone)
        )
    new = only_new(found, [record.key for record in records])
    recorded = Counter(found) - Counter(new)
    found = new
    for record in gone:
        print(_describe_stale(args.baseline, record), file=sys.stderr)
    some = found if args.max is None else found[: args.max]
    if args.format == "text" and wants_color(args.color, sys.stdout):
        from .lint_text import rich_text

        sys.stdout.write(rich_text(looked.complete(some)))
    elif args.format == "sarif":
        suppressed = [*allowed, *((finding, "external") for finding in recorded.elements())]
        text = format_sarif(looked.complete(some), rules, looked.config.help, suppressed)
        sys.stdout.write(printable(text))
    else:
        sys.stdout.write(printable(FORMATS[args.format](looked.complete(some), rules)))
    if len(some) < len(found):
        print(f"{len(found) - len(some)} more findings not shown", file=sys.stderr)
    if args.statistics:
        sys.stderr.write(format_statistics(found))
    return FINDINGS if any(f.severity in ("error", "warning") for f in found) else OK


def _check_options(args: argparse.Namespace) -> None:
    """Raise UsageError for options that do not go together."""
    problem = ""
    if args.fix and (args.patch is not None or args.write_baseline is not None):
        problem = "--fix: not with --patch or --write-baseline"
    elif args.fix and ".." in (args.since or ""):
        problem = "--fix: --since compares commits, which are not changed"
    elif args.patch is not None and (args.paths or args.since or args.pre_commit):
        problem = "--patch takes neither PATH nor --since nor --pre-commit"
    elif args.since is not None and args.pre_commit:
        problem = "--since: not allowed with --pre-commit"
    elif args.tables and (args.patch or args.since or args.pre_commit):
        problem = "--tables looks at whole files, not at a change"
    elif args.max is not None and args.max < 0:
        problem = "--max: expected a number from 0 up"
    elif args.baseline and args.write_baseline and (args.patch or args.since or args.pre_commit):
        problem = "a baseline is brought up to date by all findings, not by those of a change"
    if problem:
        raise UsageError(f"rewrite lint: error: {problem}")


_Scope = Callable[[str], bool]
"""Whether all findings in a file of this name, relative to the root, are known."""

_Completion = Callable[[list[Finding]], list[Finding]]
"""Completes the findings that are shown: what to write instead, and the path as it is shown."""


@dataclass(frozen=True)
class _Looked:
    """What was looked at and found; `sources` are the files whose conversion is known."""

    found: list[Finding]
    scope: _Scope
    complete: _Completion
    config: LintConfig
    tree: Tree | None = None
    sources: Sequence[SourceFile] = ()


def _as_they_are(found: list[Finding]) -> list[Finding]:
    return found


def _knows_nothing(_name: str) -> bool:
    return False


def _lint_tree(args: argparse.Namespace, rules: Rules) -> _Looked:
    """The findings in files; what only they need is imported where a file may hold one."""
    paths = args.paths or [Path()]
    unsaved = None
    if reads_stdin(paths, args):
        unsaved, paths = stdin_place(args)
    root, alone = tree_root(args, paths, rules, unsaved)
    rules = rules_at(root, rules)
    tree = Tree(root, rules.skip_dirs, rules.root_markers, alone)
    config = load_config(paths[0], rules, root)
    since = _hook_revisions(root, paths) if args.pre_commit else args.since
    if since is not None:
        return _lint_since(since, args, rules, config, tree)
    limits = [unsaved] if unsaved is not None else [path.resolve() for path in paths]

    def scope(name: str) -> bool:
        return any((root / name).is_relative_to(limit) for limit in limits)

    finds, worth = can_hold_finding(rules), worth_linting(rules)
    faults = _find_faults(root, rules) if args.tables else None
    held = frozenset(faults or ())
    if unsaved is not None:
        scan = Scan([SourceFile(unsaved, tree.name_of(str(unsaved)), read_stdin())])
    else:
        scan = tree.scan(paths, lambda data: worth(data) or (bool(held) and b"VMState" in data))
        narrow_scan(scan, args)
    for one in scan.skipped:
        print(f"{shown(root / one.path)}: warning: {one.reason}", file=sys.stderr)
    sources = [s for s in scan.candidates if finds(s.data) or s.name in held]
    if not sources:
        return _Looked([], scope, _as_they_are, config)
    cache = _open_cache(args, config)

    def find() -> list[Finding]:
        from ..lint.linter import lint_together

        return lint_together(rules, config, scan.candidates, faults)

    found = find() if faults is not None else cache.find_findings(scan.candidates, find)
    complete = _make_completion(args, rules, tree, sources, cache)
    return _Looked(found, scope, complete, config, tree, sources)


def _find_faults(root: Path, rules: Rules) -> dict[str, list[TypeFault]]:
    """What does not fit in the VMState tables of the tree, by file: a table may be of another one."""
    from ..schema.tree import TreeReader

    found: dict[str, list[TypeFault]] = {}
    for fault in TreeReader(root, rules).type_faults():
        found.setdefault(fault.place.path, []).append(fault)
    return found


def _hook_revisions(root: Path, paths: Sequence[Path]) -> str | None:
    from ..lint.hook import hook_revisions

    return hook_revisions(root, paths, os.environ)


def _lint_since(
    revisions: str, args: argparse.Namespace, rules: Rules, config: LintConfig, tree: Tree
) -> _Looked:
    from ..lint.git import changes_since

    changes = changes_since(tree.root, revisions, args.paths or [Path()])
    finds = can_hold_finding(rules)
    if not any(finds(change.new) for change in changes):
        return _Looked([], _knows_nothing, _as_they_are, config)
    from ..lint.change import lint_changes
    from ..lint.linter import Linter

    sources, found = lint_changes(Linter(rules, config), tree.root, changes)
    known = [] if ".." in revisions else sources
    complete = _make_completion(args, rules, tree, known, _open_cache(args, config))
    return _Looked(found, _knows_nothing, complete, config, tree, known)


def _fix_findings(args: argparse.Namespace, rules: Rules, looked: _Looked) -> _Looked:
    """What is found after the functions with findings were converted, which is written."""
    if looked.config.prefer != "visitor":
        raise InputError(
            "--fix", 'a conversion makes visitors, and the configuration prefers "vmstate"'
        )
    if looked.tree is None or STDIN in (args.paths or ()):
        raise InputError("--fix", "nothing here can be written")
    from ..files.apply import apply_changes
    from ..lint.fix import fix_functions
    from ..lint.linter import without_allowed
    from .convert_run import settle_killed_run

    chosen = files_chosen(args)
    found = [f for f in without_allowed(looked.found) if chosen(f.path)]
    if args.baseline is not None:
        found = only_new(found, [record.key for record in read_baseline(args.baseline)])
    settle_killed_run(looked.tree.root)
    changes, functions = fix_functions(
        _make_converter(args, rules, looked.tree), looked.sources, found
    )
    apply_changes(changes, looked.tree.root)
    print(f"{functions} functions converted in {len(changes)} files", file=sys.stderr)
    return _lint_tree(args, rules)


def _make_converter(args: argparse.Namespace, rules: Rules, tree: Tree) -> Converter:
    from ..convert.conversion import open_converter

    return open_converter(tree.root, rules, chosen_dialect(rules, args.dialect), tree.alone)


def _open_cache(args: argparse.Namespace, config: LintConfig) -> LintCache:
    """What was found before, unless it is not to be asked."""
    directory = None if args.no_cache else args.cache or default_directory()
    return LintCache(Store(directory, StoreKind.FINDINGS), args.rules, config)


def _make_completion(
    args: argparse.Namespace,
    rules: Rules,
    tree: Tree,
    sources: Sequence[SourceFile],
    cache: LintCache,
) -> _Completion:
    """Advice from the tree's declarations, for `sources`; in text, paths that open from here."""

    def complete(found: list[Finding]) -> list[Finding]:
        paths = {f.path for f in found if f.code == "new-primitive"}
        wanted = [source for source in sources if source.name in paths]

        def convert() -> tuple[Fixes, list[Seen]]:
            from ..lint.advice import fixes_of

            return fixes_of(_make_converter(args, rules, tree), cache.config, wanted)

        fixes: Fixes = []
        if wanted:
            fixes = cache.find_fixes(tree, args.dialect, wanted, convert)
        if args.format == "sarif" and wanted and cache.config.prefer == "visitor":
            found = _with_replacements(args, rules, tree, wanted, cache, found)
        names = {p: shown(tree.root / p) for p in {f.path for f in found} if args.format == "text"}
        return with_fixes(found, fixes, names)

    return complete


def _with_replacements(
    args: argparse.Namespace,
    rules: Rules,
    tree: Tree,
    wanted: Sequence[SourceFile],
    cache: LintCache,
    found: list[Finding],
) -> list[Finding]:
    from ..lint.fix import replacements_of, with_replacements

    made = cache.find_fixes(
        tree,
        args.dialect,
        wanted,
        lambda: replacements_of(_make_converter(args, rules, tree), wanted),
        "replacements",
    )
    return with_replacements(found, made)


def _lint_patch(args: argparse.Namespace, rules: Rules) -> _Looked:
    from ..lint.change import is_patch, lint_patch
    from ..lint.linter import Linter

    linter = Linter(rules, load_config(Path.cwd(), rules))
    try:
        data = sys.stdin.buffer.read() if args.patch == "-" else Path(args.patch).read_bytes()
    except OSError as error:
        raise InputError(_name_patch(args.patch), f"cannot read: {error.strerror}") from error
    if args.patch == "-" and not data:
        print("nothing to lint: no patch came from standard input", file=sys.stderr)
    elif not is_patch(data):
        raise InputError(_name_patch(args.patch), "no patch, and none in it")
    return _Looked(lint_patch(linter, data), _knows_nothing, _as_they_are, linter.config)


def _name_patch(patch: str) -> str:
    return "standard input" if patch == "-" else patch


def _write_baseline(path: Path, records: list[Recorded], gone: int) -> int:
    from ..files.whole import write_whole

    try:
        write_whole(path, [baseline_text(records).encode("utf-8", "surrogateescape")])
    except OSError as error:
        raise InputError(str(path), f"cannot write: {error.strerror}") from error
    removed = f", {gone} stale removed" if gone else ""
    print(f"{len(records)} findings recorded in {shown(path)}{removed}", file=sys.stderr)
    return OK


def _describe_stale(baseline: Path, record: Recorded) -> str:
    what = f"{record.path}: {record.text} [{record.code}]"
    return printable(f"{shown(baseline)}: note: stale, --write-baseline removes it: {what}")
