# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line: which command runs, what all of them share, and how errors are told.

A command's own module is imported when it runs, and nothing slow is imported here: `rewrite lint` of
one file runs in every commit. Only the cli modules print and decide an exit status.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from ..errors import ApplyError, CountError, InputError, Told, UsageError
from ..files.tree import find_root, is_marked, place_of
from ..printable import one_line, printable
from ..rules.ruleset import Dialect, Rules, load_rules

if TYPE_CHECKING:
    from ..convert.conversion import Converter

OK, FINDINGS, USAGE, SELF_CHECK, NO_READER = 0, 1, 2, 3, 141
"""The exit statuses: done; findings (--check); usage or input error; a self-check failed; who reads
the output went away, as a shell tells it of other programs (128 and the number of SIGPIPE)."""

_EXIT_STATUS = """exit status:
  0  done
  1  findings: of the lint, or something would change (--check)
  2  a usage, input or output error; nothing was written, or the message says what was
  3  a conversion failed its own check, or `verify` found a difference: please report it
"""


class _Parser(argparse.ArgumentParser):
    """argparse with GNU-style errors and exit status 2."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{self.prog}: error: {message}\nTry '{self.prog} --help'.")


class _Suggested(tuple[str, ...]):
    """The usual values of an option that takes others as well: what is none is told later."""

    __slots__ = ()

    def __contains__(self, value: object) -> bool:
        return True


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
        choices=_Suggested(("auto", "rfc", "pre-1.2", "1.2", "2.6", "5.1")),
        default="auto",
        help="era of the Visitor API (default: auto), or one of --rules",
    )
    add_root_option(parser)
    add_rules_option(parser)


def add_root_option(parser: argparse.ArgumentParser) -> None:
    """Add --root, for a tree without the marks of one."""
    parser.add_argument(
        "--root",
        type=given_path,
        metavar="DIR",
        help="root of the source tree (default: found from PATH)",
    )


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
    """The dialect that --dialect names, None for `auto`. Raises UsageError for one that no rule has."""
    if name == "auto":
        return None
    if name not in rules.dialects:
        known = ", ".join(sorted(rules.dialects))
        raise UsageError(f"rewrite: error: --dialect: no dialect {name}; there are auto, {known}")
    return rules.dialects[name]


def open_tree(args: argparse.Namespace, paths: Sequence[Path]) -> Converter:
    """A converter for the tree of the paths, as the tree options ask for it."""
    from ..convert.conversion import open_converter

    rules = load(args.rules)
    root, alone = tree_root(args, paths, rules)
    return open_converter(root, rules, chosen_dialect(rules, args.dialect), alone)


def tree_root(args: argparse.Namespace, paths: Sequence[Path], rules: Rules) -> tuple[Path, bool]:
    """The resolved root of the tree of the paths, and whether it is but the folder of lone files.

    Files in no tree can be read where --dialect names the era, which is said, and so is a --root
    that the tree's own marks don't show. Raises InputError as `root_of` does.
    """
    marks = rules.root_markers
    root, alone = place_of(args.root, paths, marks, args.dialect != "auto")
    if alone:
        _warn(paths[0], "in no source tree: types that other files declare may stay unknown")
    if args.root is not None and not is_marked(root, marks):
        shows = {find_root(path.resolve(), marks): path for path in paths}
        for found, path in shows.items():
            if found not in (None, root):
                _warn(path, f"in {root} by --root, but by its marks in the source tree {found}")
    return root, alone


def _warn(path: Path, message: str) -> None:
    print(printable(f"{shown(path)}: warning: {message}"), file=sys.stderr)


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
    "demo": "demo",
    "dialect": "dialect",
    "encode": "encode",
    "explain": "explain",
    "lint": "lint",
    "report": "report",
    "rules": "rules",
    "schema": "schema",
    "schema diff": "schema_diff",
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
    words = next((n for n in (2, 1) if " ".join(argv[:n]) in _COMMANDS), 0)
    name = _COMMANDS.get(" ".join(argv[:words]))
    arguments = argv[words:]
    try:
        module = import_module(f"{__package__}.{name or _conversion(argv)}")
        status: int = module.command(arguments)
        return status
    except Told as error:
        _tell(str(error))
    except ApplyError as error:
        _tell(f"{shown(error.path)}: error: {error.message}")
    except CountError as error:
        _tell(f"rewrite: error: {error}: a bug of this tool, nothing was written")
        return SELF_CHECK
    except BrokenPipeError:
        return NO_READER
    except OSError as error:
        name = f"{one_line(os.fsdecode(error.filename))}: " if error.filename is not None else ""
        _tell(f"{name}error: {error.strerror or error}")
    except MemoryError:
        _tell("rewrite: error: not enough memory")
    except KeyboardInterrupt:
        _tell("interrupted; nothing is half written")
        return 130
    return USAGE


def _tell(text: str) -> None:
    """Tell an error, if standard error still takes it."""
    with contextlib.suppress(OSError):
        print(printable(text), file=sys.stderr, flush=True)


def entry_point() -> None:
    """The `rewrite` command.

    What a run makes is hardly ever a cycle, so the collector is asked less often.
    """
    gc.set_threshold(50_000, 20, 100)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123 - for the whole run
    if sys.stdout is None:
        _tell("standard output: error: it is closed")
        sys.exit(USAGE)
    status = main(sys.argv[1:])
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            _tell(f"standard output: error: {error.strerror}")
        status = NO_READER if isinstance(error, BrokenPipeError) else USAGE
    # What could not be written must not be tried again, with a traceback, as the interpreter ends.
    if status in (USAGE, NO_READER):
        os._exit(status)
    sys.exit(status)
