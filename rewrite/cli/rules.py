# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `rewrite rules`: list, check, extend and format rule files."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ..errors import InputError
from ..rules.reference import make_reference
from .main import FINDINGS, OK, add_rules_option, load_rules, make_parser, write_output

_EXAMPLES = """examples:
  rewrite rules list
  rewrite rules check fork-rules/
  rewrite rules add fork-rules/macros.py 'cast_macro("MY_CAST", type_argument=1)'
  rewrite rules fmt --check fork-rules/*.py
"""


def build_parser() -> argparse.ArgumentParser:
    """The options of this command and of those below it."""
    made = make_parser("rewrite rules", "List, check, extend and format rule files.", _EXAMPLES)
    commands = made.add_subparsers(
        dest="command", required=True, metavar="list|check|kinds|add|fmt"
    )
    for name, text in (
        ("list", "print every rule that is in force"),
        ("check", "check rule files, the tool's own and yours"),
    ):
        sub = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        add_rules_option(sub)
        sub.add_argument("directories", nargs="*", type=Path, metavar="DIR", help="as --rules DIR")
    text = "print what a rule file may hold"
    commands.add_parser("kinds", help=text, description=text, allow_abbrev=False)
    add = commands.add_parser("add", help="add a rule to a file, its comments and layout kept")
    add.add_argument("file", type=Path, metavar="FILE")
    add.add_argument(
        "rule", metavar="RULE", help="such as 'cast_macro(\"MY_CAST\", type_argument=1)'"
    )
    fmt = commands.add_parser("fmt", help="format rule files (and bring them to the newest schema)")
    fmt.add_argument("files", nargs="+", type=Path, metavar="FILE")
    fmt.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 if a file would change"
    )
    return made


def run_command(argv: Sequence[str]) -> int:
    """Run `rewrite rules`; raises UsageError and InputError like every command."""
    args = build_parser().parse_args(list(argv))
    if args.command in ("list", "check"):
        return _rules_show(args)
    if args.command == "kinds":
        print(make_reference(), end="")
        return OK
    return _rules_add(args) if args.command == "add" else _rules_fmt(args)


def _rules_show(args: argparse.Namespace) -> int:
    rules = load_rules([*args.rules, *args.directories])
    if args.command == "check":
        print(
            f"{len(rules.primitives)} primitives, {len(rules.visits)} visits, "
            f"{len(rules.plumbing)} plumbing rules: no error"
        )
        return OK
    for primitive in rules.primitives.values():
        print(
            f"primitive {primitive.name}: {primitive.direction} {primitive.wire} "
            f"by {primitive.operand}, default visit {primitive.visit}"
        )
    for visit in rules.visits.values():
        print(f"visit {visit.function}: {visit.c_type} as {', '.join(visit.wire)}")
    for dialect in rules.dialects.values():
        print(f"dialect {dialect.name}: {dialect.trees}; ({', '.join(dialect.order)})")
    for registration in rules.registrations:
        print(f"handlers by {registration.name}() of {registration.arguments} arguments")
    for initialiser in rules.initialisers:
        print(
            f"handlers by {initialiser.name}: save {', '.join(initialiser.save)}; "
            f"load {', '.join(initialiser.load)}"
        )
    for rule in rules.plumbing:
        print(f"plumbing {', '.join(rule.path)}: {', '.join(rule.functions)}: {rule.reason}")
    return OK


def _read_rule_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            str(path), f"cannot read: {getattr(error, 'strerror', None) or 'not UTF-8'}"
        ) from error


def _rules_add(args: argparse.Namespace) -> int:
    from ..rules.edit import add_rule

    old = _read_rule_file(args.file)
    write_output(str(args.file), add_rule(old, args.rule, str(args.file)).encode("utf-8"))
    return OK


def _rules_fmt(args: argparse.Namespace) -> int:
    from ..rules.edit import format_rules, upgrade_rules

    changed = 0
    for path in args.files:
        old = _read_rule_file(path)
        new = format_rules(upgrade_rules(old, str(path)), str(path))
        if new == old:
            continue
        changed += 1
        print(
            f"{path}: {'would be' if args.check else ''} formatted".replace(":  ", ": "),
            file=sys.stderr,
        )
        if not args.check:
            write_output(str(path), new.encode("utf-8"))
    return FINDINGS if args.check and changed else OK
