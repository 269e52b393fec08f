# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line: which command runs, what all of them share, and how errors are told.

A command's own module is imported when it runs, and nothing slow is imported here: `rewrite lint` of
one file runs in every commit. Only the cli modules print and decide an exit status.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from ..errors import ApplyError, CountError, InputError, Told, UsageError
from ..files.tree import root_of
from ..printable import one_line, printable
from ..rules.ruleset import Dialect, Rules, load_rules

if TYPE_CHECKING:
    from ..convert.conversion import Converter

OK, FINDINGS, USAGE, SELF_CHECK = 0, 1, 2, 3
"""The exit statuses: done; findings (--check); usage or input error; a self-check failed."""

_DIALECTS = ("auto", "rfc", "pre-1.2", "1.2", "2.6", "5.1")

_EXIT_STATUS = """exit status:
  0  done
  1  findings: of the lint, or something would change (--check)
  2  a usage or input error; nothing was written
  3  a conversion failed its own check, or `verify` found a difference: please report it
"""


class _Parser(argparse.ArgumentParser):
    """argparse with GNU-style errors and exit status 2."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{self.prog}: error: {message}\nTry '{self.prog} --help'.")


class _HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """argparse makes one for each option, and imports shutil, with all its archives, for the width."""

    def __init__(self, prog: str) -> None:
        try:
            columns = int(os.environ.get("COLUMNS") or os.get_terminal_size().columns or 80)
        except (OSError, ValueError):
            columns = 80
        super().__init__(prog, width=columns - 2)


def make_parser(prog: str, description: str, examples: str = "") -> _Parser:
    """A parser of one command, with examples and the exit statuses below its options."""
    return _Parser(
        prog=prog,
        description=description,
        epilog="\n".join(part for part in (examples, _EXIT_STATUS) if part),
        formatter_class=_HelpFormatter,
        allow_abbrev=False,
    )


def add_tree_options(parser: argparse.ArgumentParser) -> None:
    """Add what every command on a tree takes: --dialect, --root and --rules."""
    parser.add_argument(
        "--dialect",
        choices=_DIALECTS,
        default="auto",
        help="era of the Visitor API (default: auto)",
    )
    parser.add_argument(
        "--root",
        type=given_path,
        metavar="DIR",
        help="root of the source tree (default: found from PATH)",
    )
    add_rules_option(parser)


def given_path(text: str) -> Path:
    """A path of the command line. An empty one, as of a variable that is not set, is a mistake."""
    if not text:
        raise argparse.ArgumentTypeError("an empty path")
    return Path(text)


def add_rules_option(parser: argparse.ArgumentParser) -> None:
    """Add --rules, which further rule files come by."""
    parser.add_argument(
        "--rules", type=Path, metavar="DIR", action="append", default=[],
        help="a directory of further rule files; may be given several times",
    )  # fmt: skip


def load(directories: Sequence[Path]) -> Rules:
    """The tool's rules with those of some directories; raises InputError and RuleError."""
    for directory in directories:
        if not directory.is_dir():
            raise InputError(str(directory), "no such directory of rule files")
    return load_rules(directories)


def chosen_dialect(rules: Rules, name: str) -> Dialect | None:
    """The dialect that --dialect names, None for `auto`."""
    return None if name == "auto" else rules.dialects[name]


def open_tree(args: argparse.Namespace, paths: Sequence[Path]) -> Converter:
    """A converter for the tree of the paths, as the tree options ask for it."""
    from ..convert.conversion import open_converter

    rules = load(args.rules)
    root = root_of(args.root, paths, rules.root_markers)
    return open_converter(root, rules, chosen_dialect(rules, args.dialect))


def shown(path: Path) -> str:
    """A path as a person can open it from here."""
    here = str(Path.cwd()) + os.sep
    return one_line(str(path).removeprefix(here))


def check_place(target: str | None) -> None:
    """Raise InputError for statistics that can't be written, before anything else is."""
    if target is not None and target != "-":
        try:
            Path(target).open("a").close()
        except OSError as error:
            raise InputError(target, f"cannot write: {error.strerror}") from error


def write_stats(target: str | None, figures: Mapping[str, object]) -> None:
    """Write what --stats asks for as JSON, `-` to standard output."""
    import json

    text = json.dumps(figures, indent=2) + "\n"
    if target == "-":
        sys.stdout.write(text)
    elif target is not None:
        Path(target).write_text(text, encoding="utf-8")


_COMMANDS = {
    "cache": "cache",
    "completion": "completion",
    "decode": "decode",
    "dialect": "dialect",
    "encode": "encode",
    "explain": "explain",
    "lint": "lint",
    "report": "report",
    "rules": "rules",
    "support": "support",
    "transcode": "transcode",
    "verify": "verify",
}
"""The module of each command: `command` takes the arguments and gives the exit status, `parser` is
what reads them."""


def parsers() -> dict[str, argparse.ArgumentParser]:
    """The parser of every command by its name, of the conversion by "", of the series by its option."""
    modules = {"": "convert", "--patches": "patches", **_COMMANDS}
    return {n: import_module(f"{__package__}.{m}").parser() for n, m in sorted(modules.items())}


def _conversion(argv: Sequence[str]) -> str:
    """The module that converts: one option asks for mails, and some others mean more with it."""
    asked = any(a == "--patches" or a.startswith("--patches=") for a in argv)
    return "patches" if asked else "convert"


def main(argv: Sequence[str]) -> int:
    """Run one command line and return its exit status. Errors are told on standard error."""
    name = _COMMANDS.get(argv[0]) if argv else None
    arguments = argv[1:] if name is not None else argv
    try:
        module = import_module(f"{__package__}.{name or _conversion(argv)}")
        status: int = module.command(arguments)
        return status
    except Told as error:
        print(printable(str(error)), file=sys.stderr)
    except ApplyError as error:
        print(printable(f"{shown(error.path)}: error: {error.message}"), file=sys.stderr)
    except CountError as error:
        print(f"rewrite: error: {error}: a bug of this tool, nothing was written", file=sys.stderr)
        return SELF_CHECK
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123
    except KeyboardInterrupt:
        print("interrupted; nothing is half written", file=sys.stderr)
        return 130
    return USAGE


def entry_point() -> None:
    """The `rewrite` command.

    What a run makes is hardly ever a cycle, so the collector is asked less often.
    """
    gc.set_threshold(50_000, 20, 100)
    sys.exit(main(sys.argv[1:]))
