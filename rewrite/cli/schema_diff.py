# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `rewrite schema diff`: its options, its output and its exit status."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UsageError
from ..files.cache import Kind, Store, default_directory
from ..files.tree import root_of
from ..files.whole import write_whole
from ..lint.finding import Finding, baseline_text, only_new, read_baseline
from ..lint.format import FORMATS
from ..printable import printable
from ..rules.ruleset import Rules
from .main import FINDINGS, OK, add_rules_option, given_path, load, make_parser

if TYPE_CHECKING:
    from ..schema.diff import Change
    from ..schema.states import State, States

_HELP = """Compare what two states of a tree put on the wire. A section or table is told where a stream
of one state would be misread by the other at the same version; what is renamed, moved or split but
the same bytes is silent unless --strict asks for it.

OLD and NEW are directories, schema files (JSON), or revisions as git names them.
Exit status 1 means that something is incompatible.
"""

_EXAMPLES = """examples:
  rewrite schema diff qemu-2.5 qemu-2.6
  rewrite schema diff v1.0 HEAD --format sarif
  rewrite schema diff --since origin/master hw/
"""


def parser() -> argparse.ArgumentParser:
    """The options of this command."""
    made = make_parser("rewrite schema diff", _HELP, _EXAMPLES)
    made.add_argument(
        "states", nargs="*", metavar="OLD NEW", help="two states; with --since, paths to look at"
    )
    made.add_argument("--since", metavar="REV", help="compare the worktree with a revision")
    made.add_argument(
        "--strict", action="store_true", help="tell what is renamed, moved or split as well"
    )
    made.add_argument("--format", choices=tuple(FORMATS), default="text", help="default: text")
    made.add_argument("--baseline", type=Path, metavar="FILE", help="leave out what it records")
    made.add_argument(
        "--write-baseline", type=Path, metavar="FILE", help="record the changes and exit 0"
    )
    made.add_argument(
        "--cache", type=given_path, metavar="DIR", help="where schemas are remembered"
    )
    made.add_argument("--no-cache", action="store_true", help="remember and reuse nothing")
    add_rules_option(made)
    return made


def command(argv: Sequence[str]) -> int:
    """Run `rewrite schema diff`; raises UsageError and InputError like every command."""
    from ..schema.diff import diff_schemas
    from ..schema.states import States

    args = parser().parse_intermixed_args(list(argv))
    rules = load(args.rules)
    directory = None if args.no_cache else args.cache or default_directory()
    states = States(rules, args.rules, Store(directory, Kind.SCHEMAS))
    if args.since is not None:
        root = root_of(None, [Path()], rules.root_markers)
        below = tuple(str(Path(p).resolve().relative_to(root)) for p in args.states)
        old, new = states.revision(root, args.since), states.directory(root)
    elif len(args.states) == 2:
        below = ()
        old, new = _state(args.states[0], states), _state(args.states[1], states)
    else:
        raise UsageError("rewrite schema diff: error: expected OLD and NEW, or --since REV")
    changes = [c for c in diff_schemas(old.schema(), new.schema()) if _is_below(c, below)]
    found = list(_findings(changes, rules, strict=args.strict))
    if args.baseline is not None and args.write_baseline is None:
        found = only_new(found, [record.key for record in read_baseline(args.baseline)])
    if args.write_baseline is not None:
        text = baseline_text(finding.record for finding in found)
        write_whole(args.write_baseline, [text.encode("utf-8", "surrogateescape")])
        print(f"{len(found)} changes recorded in {args.write_baseline}", file=sys.stderr)
        return OK
    sys.stdout.write(printable(FORMATS[args.format](found, rules)))
    print(_summary(changes), file=sys.stderr)
    return FINDINGS if any(f.severity in ("error", "warning") for f in found) else OK


def _is_below(change: Change, below: tuple[str, ...]) -> bool:
    """Whether a change is in one of the paths that were given; without any, all are."""
    places = (change.old, change.new)
    return not below or any(
        place is not None and (one in (".", place.path) or place.path.startswith(one + "/"))
        for place in places
        for one in below
    )


def _state(name: str, states: States) -> State:
    """A state: a directory, a file of JSON, or a revision of the tree here."""
    path = Path(name)
    if path.is_dir():
        return states.directory(path.resolve())
    if path.is_file():
        return states.given(path)
    return states.revision(root_of(None, [Path()], states.rules.root_markers), name)


def _findings(changes: Sequence[Change], rules: Rules, *, strict: bool) -> Iterator[Finding]:
    """The changes that are told, as findings."""
    from ..schema.diff import Status

    told = {change.name for change in changes}
    for change in changes:
        if change.cause in told:
            continue
        if change.status is Status.INCOMPATIBLE:
            yield _finding(change, "wire-changed", rules)
        elif change.status is Status.COMPATIBLE and strict:
            yield _finding(change, "wire-renamed", rules)


def _finding(change: Change, code: str, rules: Rules) -> Finding:
    from ..schema.describe import describe_change

    rule = rules.lint[code]
    place = change.new or change.old
    path, line = (place.path, place.line) if place is not None else ("", 1)
    detail = describe_change(change)
    text = f"{change.kind} {change.name}"
    return Finding(
        code, rule.severity, path, line, 1, line, "", text, f"{rule.message}: {detail}", rule.hint
    )


def _summary(changes: Sequence[Change]) -> str:
    from collections import Counter

    counted = Counter(change.status.value for change in changes)
    return ", ".join(f"{counted[s]} {s}" for s in sorted(counted)) or "nothing to compare"
