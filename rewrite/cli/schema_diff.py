# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `rewrite schema diff`: its options, its output and its exit status."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UsageError
from ..files.cache import Store, StoreKind, default_directory
from ..files.tree import root_of
from ..files.whole import write_whole
from ..lint.config import load_config
from ..lint.finding import Finding, baseline_text, list_stale, only_new, read_baseline
from ..lint.format import FORMATS, format_sarif
from ..printable import printable, shown
from .main import FINDINGS, OK, add_rules_option, given_path, load_rules, make_parser

if TYPE_CHECKING:
    from ..schema.diff import SchemaChange
    from ..schema.states import SchemaState, States

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


def build_parser() -> argparse.ArgumentParser:
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


def run_command(argv: Sequence[str]) -> int:
    """Run `rewrite schema diff`; raises UsageError and InputError like every command."""
    from ..lint.states import changes_as_findings
    from ..schema.diff import diff_schemas
    from ..schema.states import States

    args = build_parser().parse_intermixed_args(list(argv))
    rules = load_rules(args.rules)
    directory = None if args.no_cache else args.cache or default_directory()
    states = States(rules, args.rules, Store(directory, StoreKind.SCHEMAS))
    if args.since is not None:
        root = root_of(None, [Path()], rules.root_markers)
        below = tuple(str(Path(p).resolve().relative_to(root)) for p in args.states)
        old, new = states.state_of_revision(root, args.since), states.state_of_directory(root)
    elif len(args.states) == 2:
        below = ()
        old, new = _open_state(args.states[0], states), _open_state(args.states[1], states)
    else:
        raise UsageError("rewrite schema diff: error: expected OLD and NEW, or --since REV")
    changes = [c for c in diff_schemas(old.read_schema(), new.read_schema()) if _is_below(c, below)]
    config = load_config(new.configured, rules, new.configured)
    told = changes_as_findings(changes, rules, config, new.text_of, strict=args.strict)
    allowed = [finding for finding in told if finding.allowed]
    found = [finding for finding in told if not finding.allowed]
    if args.write_baseline is not None:
        return _write_baseline(args.write_baseline, found)
    fresh = found if args.baseline is None else _not_recorded(args.baseline, found, below)
    recorded = list((Counter(found) - Counter(fresh)).elements())
    if args.format == "sarif":
        silent = [(f, "inSource") for f in allowed] + [(f, "external") for f in recorded]
        text = format_sarif(fresh, rules, config.help, silent)
    else:
        text = FORMATS[args.format](fresh, rules)
    sys.stdout.write(printable(text))
    print(_summarise_changes(changes, len(allowed), len(recorded)), file=sys.stderr)
    return FINDINGS if any(f.severity in ("error", "warning") for f in fresh) else OK


def _write_baseline(path: Path, found: Sequence[Finding]) -> int:
    """Write a baseline that records the findings."""
    text = baseline_text(finding.record for finding in found)
    write_whole(path, [text.encode("utf-8", "surrogateescape")])
    print(f"{len(found)} changes recorded in {path}", file=sys.stderr)
    return OK


def _not_recorded(baseline: Path, found: list[Finding], below: tuple[str, ...]) -> list[Finding]:
    """The findings that a baseline does not record; tells the records that stand for none any more."""
    records = read_baseline(baseline)
    for record in list_stale([r for r in records if _is_inside(r.path, below)], found):
        what = f"{record.path}: {record.text} [{record.code}]"
        note = f"{shown(baseline)}: note: stale, --write-baseline removes it: {what}"
        print(printable(note), file=sys.stderr)
    return only_new(found, [record.key for record in records])


def _is_below(change: SchemaChange, below: tuple[str, ...]) -> bool:
    """Whether a change is in one of the paths that were given; without any, all are."""
    places = (change.old, change.new)
    return any(place is not None and _is_inside(place.path, below) for place in places)


def _is_inside(path: str, below: tuple[str, ...]) -> bool:
    """Whether a file is one of some, or in one of some folders; without any, all are."""
    return not below or any(one in (".", path) or path.startswith(one + "/") for one in below)


def _open_state(name: str, states: States) -> SchemaState:
    """A state: a directory, a file of JSON, or a revision of the tree here."""
    path = Path(name)
    if path.is_dir():
        return states.state_of_directory(path.resolve())
    if path.is_file():
        return states.state_of_file(path)
    return states.state_of_revision(root_of(None, [Path()], states.rules.root_markers), name)


def _summarise_changes(changes: Sequence[SchemaChange], allowed: int, recorded: int) -> str:
    counted = Counter(change.status.value for change in changes)
    parts = [f"{counted[s]} {s}" for s in sorted(counted)] or ["nothing to compare"]
    parts += [f"{allowed} allowed by comments"] if allowed else []
    parts += [f"{recorded} in the baseline"] if recorded else []
    return ", ".join(parts)
