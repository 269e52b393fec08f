# SPDX-License-Identifier: GPL-2.0-or-later
"""`rewrite dialect` on the command line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from .main import OK, add_root_option, add_rules_option, given_path, load_rules, make_parser

_EXAMPLES = """examples:
  rewrite dialect ~/qemu
  rewrite dialect --list
"""


def build_parser() -> argparse.ArgumentParser:
    """The options of this command."""
    text = "Say which era of the Visitor API a tree has, and why."
    made = make_parser("rewrite dialect", text, _EXAMPLES)
    made.add_argument(
        "tree", type=given_path, metavar="TREE", nargs="?", default=Path(), help="(default: .)"
    )
    made.add_argument("--list", action="store_true", help="the dialects that --dialect takes")
    add_root_option(made)
    add_rules_option(made)
    return made


def run_command(argv: Sequence[str]) -> int:
    """Say which dialect a tree has, and what shows it."""
    args = build_parser().parse_intermixed_args(list(argv))
    from ..convert.dialects import describe_dialect, detect_dialect
    from ..files.tree import Tree, root_of

    rules = load_rules(args.rules)
    if args.list:
        width = max(map(len, rules.dialects))
        for one in rules.dialects.values():
            print(f"{one.name:<{width}}  {one.trees}")
        return OK
    root = root_of(args.root, [args.tree], rules.root_markers)
    tree = Tree(root, rules.skip_dirs, rules.root_markers)
    found = detect_dialect(tree, rules)
    print(f"{found.name} ({found.trees}): {describe_dialect(tree, rules)}")
    return OK
