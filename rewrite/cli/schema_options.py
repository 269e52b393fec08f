# SPDX-License-Identifier: GPL-2.0-or-later
"""The options of all commands that read or write streams by a schema."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..errors import UsageError
from ..printable import quoted
from ..schema.model import Schema
from .terminal import show_progress


def add_schema_options(parser: argparse.ArgumentParser) -> None:
    """Add --tree, --schema, --target and --set."""
    parser.add_argument(
        "--tree", type=Path, metavar="TREE", help="the source tree of the emulator that saved"
    )
    parser.add_argument(
        "--schema", type=Path, metavar="FILE", help="its schema, as `rewrite schema` writes it"
    )
    add_fact_options(parser)


def add_fact_options(parser: argparse.ArgumentParser) -> None:
    """Add --target and --set."""
    parser.add_argument(
        "--target",
        default="",
        metavar="NAME",
        help="the target whose tables are meant where several fit (i386, ppc, ...)",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FACT=VALUE",
        help="a fact that the stream does not hold: 'virtio-net.nvqs=3', target_long=8",
    )


def read_settings(args: argparse.Namespace, program: str) -> dict[str, int]:
    """What --set told; raises UsageError for what is no number."""
    found = {}
    for one in args.set:
        name, equals, value = one.rpartition("=")
        try:
            found[name.strip()] = int(value, 0)
        except ValueError:
            equals = ""
        if not equals or not name.strip():
            raise UsageError(f"{program}: error: --set: expected FACT=NUMBER, not {quoted(one)}")
    if args.target:
        found.setdefault(f"defined(TARGET_{args.target.upper()})", 1)
    return found


def wanted_schema(args: argparse.Namespace, program: str) -> Schema | None:
    """The schema that --tree or --schema names, None without both; raises UsageError, InputError."""
    if args.tree is not None and args.schema is not None:
        raise UsageError(f"{program}: error: --tree and --schema exclude each other")
    if args.schema is not None:
        from ..schema.document import read_schema

        return read_schema(args.schema)
    if args.tree is not None:
        return _of_tree(args.tree, args.target)
    return None


def _of_tree(path: Path, target: str) -> Schema:
    """The schema of a whole tree, for the target if it is one of those that the rules know."""
    from ..files.tree import root_of
    from ..schema.whole import read_whole_tree
    from .main import load_rules

    rules = load_rules([])
    root = root_of(None, [path], rules.root_markers, "no schema can be read of it")
    with show_progress("Reading the tree") as advance:
        known = target if target in rules.targets else None
        return read_whole_tree(root, rules, known, advance=advance).schema
