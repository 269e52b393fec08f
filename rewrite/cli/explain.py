# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `rewrite explain`: why a site became what it became, or what a code means."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

from ..convert.codes import CODES
from ..convert.conversion import convert_tree
from ..errors import InputError, UsageError
from ..printable import printable
from ..report.explain import explain_code, explain_finding, explain_line
from ..rules.ruleset import Rules
from ..tables.codes import CODES as TABLE_CODES
from .main import OK, add_tree_options, load, make_parser, open_tree

_HELP = "Say why a site became what it became, or what a code means."

_EXAMPLES = """examples:
  rewrite explain hw/char/virtio-serial-bus.c:673
  rewrite explain mixed-direction
  rewrite explain --list                           every code
"""


def parser() -> argparse.ArgumentParser:
    """The options of this command."""
    made = make_parser("rewrite explain", _HELP, _EXAMPLES)
    what = made.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "what", metavar="FILE:LINE|CODE", nargs="?",
        help="a place in a source file, or a diagnostic's code",
    )  # fmt: skip
    what.add_argument("--list", action="store_true", help="all codes, as docs/codes.md has them")
    add_tree_options(made)
    return made


def command(argv: Sequence[str]) -> int:
    """Run `rewrite explain`; raises UsageError and InputError like every command."""
    args = parser().parse_args(list(argv))
    if args.list:
        from ..report.codes_page import codes_page

        print(codes_page(load(args.rules)), end="")
        return OK
    what: str = args.what
    name, _, line = what.rpartition(":")
    if not name or not re.fullmatch("[0-9]{1,9}", line):
        print(_meaning(what, load(args.rules)))
        return OK
    path = Path(name)
    if not path.is_file():
        raise InputError(name, "no such file")
    converter = open_tree(args, [path])
    result = convert_tree(converter, [path])
    texts = [t for f in result.files for t in explain_line(converter, f, int(line))]
    if not texts:
        raise InputError(f"{name}:{line}", "no call of a primitive on this line")
    print(printable("\n\n".join(texts)))
    return OK


def _meaning(code: str, rules: Rules) -> str:
    """What a code means, in a conversion and in the lint; UsageError for one that is none."""
    texts = [explain_code(CODES[code])] if code in CODES else []
    texts += [_table_code(code)] if code in TABLE_CODES else []
    texts += [explain_finding(rules.lint[code])] if code in rules.lint else []
    if not texts:
        known = ", ".join(dict.fromkeys((*CODES, *TABLE_CODES, *rules.lint)))
        raise UsageError(
            f"rewrite explain: error: {code} is neither FILE:LINE nor a code ({known})"
        )
    return "\n\n".join(texts)


def _table_code(code: str) -> str:
    reason = TABLE_CODES[code]
    return f"{code}: {reason.summary}\n\nWhat would be needed: {reason.needed}"
