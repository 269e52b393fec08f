# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `rewrite explain`: why a site became what it became, or what a code means."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError, UsageError
from ..printable import printable
from .main import OK, add_tree_options, load_rules, make_parser, most_like, open_tree

if TYPE_CHECKING:
    from ..rules.ruleset import Rules

_HELP = """Say why a site became what it became, or what a code means.

A place is taken as diagnostics print it. Where its line has no call of a primitive, the nearest
that has one is explained.
"""

_EXAMPLES = """examples:
  rewrite explain hw/char/virtio-serial-bus.c:673
  rewrite explain hw/char/virtio-serial-bus.c:673:23
  rewrite explain mixed-direction
  rewrite explain --list                           every code
"""

_PLACE = re.compile(r"(?P<name>.+?):(?P<line>[0-9]{1,9})(?::(?P<column>[0-9]{1,9}))?:?", re.DOTALL)


def build_parser() -> argparse.ArgumentParser:
    """The options of this command."""
    made = make_parser("rewrite explain", _HELP, _EXAMPLES)
    what = made.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "what", metavar="FILE:LINE[:COL]|CODE", nargs="?",
        help="a place in a source file, or a diagnostic's code",
    )  # fmt: skip
    what.add_argument("--list", action="store_true", help="all codes, as docs/codes.md has them")
    add_tree_options(made)
    return made


def run_command(argv: Sequence[str]) -> int:
    """Run `rewrite explain`; raises UsageError and InputError like every command."""
    args = build_parser().parse_args(list(argv))
    if args.list:
        from ..report.codes_page import codes_page

        print(codes_page(load_rules(args.rules)), end="")
        return OK
    place = _PLACE.fullmatch(args.what)
    texts = (
        _explain_code(args.what, load_rules(args.rules))
        if place is None
        else _at_place(args, place)
    )
    print(printable("\n\n".join(texts)))
    return OK


def _at_place(args: argparse.Namespace, place: re.Match[str]) -> list[str]:
    """Why the sites at a place became what they became. Raises InputError where there is none."""
    from ..convert.conversion import convert_tree
    from ..report.explain import explain_place

    path, line, column = Path(place["name"]), int(place["line"]), place["column"]
    if not path.is_file():
        raise InputError(place["name"], "no such file")
    converter = open_tree(args, [path])
    result = convert_tree(converter, [path])
    if result.files and line > len(result.files[0].source.line_starts):
        raise InputError(f"{path}:{line}", "the file has no such line")
    number = int(column) if column is not None else None
    texts = [t for f in result.files for t in explain_place(converter, f, line, number)]
    if not texts:
        raise InputError(place["name"], "no call of a primitive in this file")
    return texts


def _explain_code(code: str, rules: Rules) -> list[str]:
    """What a code means, in each command that tells it; UsageError for one that is none."""
    from ..report.explain import explain_any, known_codes
    from ..tables.codes import CODES as TABLE_CODES

    name = code.strip("[]")
    texts = explain_any(name, rules)
    if name in TABLE_CODES:
        reason = TABLE_CODES[name]
        texts.append(f"{name}: {reason.summary}\n\nWhat would be needed: {reason.needed}")
    if not texts:
        like = most_like(name, (*known_codes(rules), *TABLE_CODES))
        hint = f"did you mean {like}? " if like else ""
        raise UsageError(
            f"rewrite explain: error: {code} is neither FILE:LINE nor a code; {hint}"
            "`rewrite explain --list` names all codes"
        )
    return texts
