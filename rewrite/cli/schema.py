# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `rewrite schema`: its options, its summary and its exit status."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from ..printable import printable, shown
from .main import OK, add_rules_option, load_rules, make_parser, write_output
from .terminal import show_progress

if TYPE_CHECKING:
    from ..schema.model import Schema

_HELP = """Say what every section and every VMState table of a tree puts on the wire, value by value, with
the types and where each is declared. Nothing is built and nothing is written to the tree.

Tables are read by the tree's own macros. What is not understood is told as unknown, with the
reason, never left out. docs/schema.md describes the JSON.
"""

_EXAMPLES = """examples:
  rewrite schema hw/net/e1000.c
  rewrite schema . --section e1000
  rewrite schema . --target x86_64 --format json -o schema.json
"""


def build_parser() -> argparse.ArgumentParser:
    """The options of this command."""
    made = make_parser("rewrite schema", _HELP, _EXAMPLES)
    made.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="files or directories (default: .)"
    )
    made.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    made.add_argument(
        "-o", "--output", metavar="FILE", default="-",
        help="where to write (default: `-`, standard output)",
    )  # fmt: skip
    made.add_argument(
        "--section", metavar="ID",
        help="only the section or description of that name or symbol, and what it refers to",
    )  # fmt: skip
    made.add_argument(
        "--target", metavar="NAME",
        help="as a build for this target has it, such as x86_64 (default: all at once)",
    )  # fmt: skip
    made.add_argument(
        "--root", type=Path, metavar="DIR",
        help="root of the source tree (default: found from PATH)",
    )  # fmt: skip
    add_rules_option(made)
    return made


def run_command(argv: Sequence[str]) -> int:
    """Run `rewrite schema`; raises UsageError and InputError like every command."""
    args = build_parser().parse_intermixed_args(list(argv))
    from ..files.tree import root_of
    from ..schema.document import dump_schema
    from ..schema.select import select_named
    from ..schema.text import render_text
    from ..schema.whole import read_whole_tree

    rules = load_rules(args.rules)
    paths = args.paths or [Path()]
    root = root_of(args.root, paths, rules.root_markers)
    if args.target is not None and args.target not in rules.targets:
        known = ", ".join(rules.targets)
        raise InputError(args.target, f"no target of this name; there are {known}")
    with show_progress("reading") as advance:
        found = read_whole_tree(root, rules, args.target, paths, advance)
    for skipped in found.skipped:
        print(
            printable(f"{shown(root / skipped.path)}: warning: {skipped.reason}"), file=sys.stderr
        )
    schema = found.schema
    if args.section is not None:
        schema = select_named(schema, args.section)
        if not schema.sections and not schema.descriptions:
            raise InputError(args.section, "no section or description of this name here")
    text = dump_schema(schema) if args.format == "json" else render_text(schema)
    write_output(args.output, text.encode("utf-8"))
    print(_summarise_schema(schema), file=sys.stderr)
    return OK


def _summarise_schema(schema: Schema) -> str:
    from ..schema.opaque import opaque_parts

    fields = sum(len(d.fields) for d in schema.descriptions)
    unclear = sum(1 for d in schema.descriptions if opaque_parts(d))
    return (
        f"{len(schema.sections)} sections, {len(schema.descriptions)} descriptions with {fields} "
        f"fields; {unclear} descriptions have a part that is not understood"
    )
