# SPDX-License-Identifier: GPL-2.0-or-later
"""`rewrite support` on the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .main import OK, add_tree_options, chosen_dialect, given_path, load_rules, make_parser

if TYPE_CHECKING:
    from ..support.plan import SupportPlan

_HELP = """Add what converted code calls and the tree does not have: visitors of a QEMUFile,
visits by width, of buffers and of a target's long, and the lines that hook them in.

Without --apply the change is shown as a diff, which `git apply` takes in the tree's root. A tree
that has some of it gets only what is missing.
"""


_EXAMPLES = """examples:
  rewrite support .                    show what the tree lacks
  rewrite support . --apply            add it
  rewrite support . --dialect rfc      for code in the mail's own spelling
"""


def build_parser() -> argparse.ArgumentParser:
    """The options of this command."""
    made = make_parser("rewrite support", _HELP, _EXAMPLES)
    made.add_argument(
        "tree", type=given_path, metavar="TREE", nargs="?", default=Path(), help="(default: .)"
    )
    made.add_argument("--apply", action="store_true", help="write it: all files or none")
    made.add_argument(
        "--json", action="store_true",
        help="add what makes JSON of a device's state as well, where the tree can (docs/support.md)",
    )  # fmt: skip
    add_tree_options(made)
    return made


def run_command(argv: Sequence[str]) -> int:
    """Show or write the support code of a tree."""
    args = build_parser().parse_intermixed_args(list(argv))
    from ..files.apply import apply_changes
    from ..files.diff import make_diffstat
    from ..files.tree import root_of
    from ..support.plan import plan_support
    from .convert_run import settle_killed_run

    rules = load_rules(args.rules)
    root = root_of(args.root, [args.tree], rules.root_markers)
    if args.apply:
        settle_killed_run(root)
    chosen = chosen_dialect(rules, args.dialect)
    asked = frozenset(("json",)) if args.json else frozenset()
    plan = plan_support(root, rules, chosen.name if chosen is not None else None, asked)
    if args.apply:
        apply_changes(plan.edited, root, creations=plan.creations)
        sys.stderr.write(make_diffstat(plan.changes) if plan.changes else "")
    else:
        _show_plan(plan)
    print(_summarise_plan(plan, args.apply), file=sys.stderr)
    return OK


def _show_plan(plan: SupportPlan) -> None:
    from ..files.diff import unified_diff

    out = sys.stdout.buffer
    for change in plan.changes:
        out.write(unified_diff(change, created=change.source.name in plan.created))
    out.flush()


def _summarise_plan(plan: SupportPlan, applied: bool) -> str:
    if not plan.provides:
        return f"the tree has what code of dialect {plan.dialect} calls"
    verb = "added" if applied else "missing"
    return f"{verb}: {', '.join(plan.provides)} (dialect {plan.dialect})"
