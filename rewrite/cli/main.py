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
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from .. import __version__
from ..errors import ApplyError, CountError, InputError, Told, UsageError
from ..printable import one_line, printable, shown

if TYPE_CHECKING:
    from ..convert.conversion import Converter
    from ..rules.ruleset import Dialect, Rules

OK, FINDINGS, USAGE, SELF_CHECK, NO_READER = 0, 1, 2, 3, 141
"""The exit statuses: done; findings (--check); usage or input error; a self-check failed; who reads
the output went away, as a shell tells it of other programs (128 and the number of SIGPIPE)."""

EXIT_STATUS = """exit status:
  0  done
  1  findings: of the lint, or something would change (--check)
  2  a usage, input or output error; nothing was written, or the message says what was
  3  a conversion failed its own check, or `verify` found a difference: please report it
"""
"""What --help of every command ends with."""


class _ArgumentParser(argparse.ArgumentParser):
    """argparse with GNU-style errors and exit status 2."""

    def error(self, message: str) -> NoReturn:
        for option in re.findall(r"(?<= )--[a-z-]+", message.partition("arguments:")[2]):
            like = most_like(option, list(self._option_string_actions))
            message += f"; did you mean {like}?" if like else ""
        raise UsageError(f"{self.prog}: error: {message}\nTry '{self.prog} --help'.")


class _HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """argparse makes one for each option, and imports shutil, with all its archives, for the width."""

    def __init__(self, prog: str) -> None:
        try:
            columns = int(os.environ.get("COLUMNS") or os.get_terminal_size().columns or 80)
        except (OSError, ValueError):
            columns = 80
        super().__init__(prog, width=columns - 2)


def make_parser(prog: str, description: str, examples: str = "") -> _ArgumentParser:
    """A parser of one command, with examples and the exit statuses below its options."""
    return _ArgumentParser(
        prog=prog,
        description=description,
        epilog="\n".join(part for part in (examples, EXIT_STATUS) if part),
        formatter_class=_HelpFormatter,
        allow_abbrev=False,
    )


def add_tree_options(parser: argparse.ArgumentParser) -> None:
    """Add what every command on a tree takes: --dialect, --root and --rules."""
    parser.add_argument(
        "--dialect",
        metavar="NAME",
        default="auto",
        help="era of the Visitor API (default: auto; `rewrite dialect --list` names them)",
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


def load_rules(directories: Sequence[Path]) -> Rules:
    """The tool's rules with those of some directories; raises InputError and RuleError."""
    from ..rules.ruleset import load_rules

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


def open_tree(
    args: argparse.Namespace, paths: Sequence[Path], unsaved: Path | None = None
) -> Converter:
    """A converter for the tree of the paths, as the tree options ask for it.

    `unsaved` is the resolved file whose text is had otherwise, which need not be there.
    """
    from ..convert.conversion import open_converter

    rules = load_rules(args.rules)
    root, alone = tree_root(args, paths, rules, unsaved)
    return open_converter(root, rules, chosen_dialect(rules, args.dialect), alone)


def tree_root(
    args: argparse.Namespace, paths: Sequence[Path], rules: Rules, unsaved: Path | None = None
) -> tuple[Path, bool]:
    """The resolved root of the tree of the paths, and whether it is but the folder of lone files.

    Files in no tree can be read where --dialect names the era, which is said, and so is a --root
    that the tree's own marks don't show. Raises InputError as `root_of` does, and for a mistake in
    the configuration that holds for the paths, whether or not the command asks it for anything.
    """
    from ..files.tree import find_root, is_marked, place_of
    from ..lint.config import load_config

    marks = rules.root_markers
    era_named = args.dialect != "auto"
    if unsaved is not None and era_named and args.root is None and not find_root(unsaved, marks):
        root, alone = unsaved.parent, True
    else:
        root, alone = place_of(args.root, paths, marks, era_named)
    if alone:
        _warn_of_path(
            paths[0], "in no source tree: types that other files declare may stay unknown"
        )
    if args.root is not None and not is_marked(root, marks):
        shows = {find_root(path.resolve(), marks): path for path in paths}
        for found, path in shows.items():
            if found not in (None, root):
                _warn_of_path(
                    path, f"in {root} by --root, but by its marks in the source tree {found}"
                )
    load_config(paths[0], rules, root)
    _tell_interrupted(args, root, paths)
    return root, alone


def _tell_interrupted(args: argparse.Namespace, root: Path, paths: Sequence[Path]) -> None:
    """Say that a run is not done in this tree, whose files may be old or new; one that changes files
    settles that itself where the journal is in its own root."""
    from ..files.journal import find_journals

    settles = any(getattr(args, name, False) for name in ("apply", "fix"))
    for journal in find_journals([root, *(path.resolve() for path in paths)]):
        if settles and journal.parent == root:
            continue
        which = "" if journal.parent == root else f" --root {shown(journal.parent)}"
        _warn_of_path(
            journal, f"a run was interrupted or is at work: settle it with --apply{which}"
        )


def _warn_of_path(path: Path, message: str) -> None:
    print(printable(f"{shown(path)}: warning: {message}"), file=sys.stderr)


def check_place(target: str | None) -> None:
    """Raise InputError for statistics that can't be written, before anything else is; nothing is made."""
    if target is None or target == "-":
        return
    import tempfile

    path = Path(target)
    try:
        if path.exists():
            path.open("a").close()
        else:
            tempfile.TemporaryFile(dir=path.resolve().parent).close()
    except OSError as error:
        raise InputError(target, f"cannot write: {error.strerror}") from error


def write_stats(target: str | None, figures: Mapping[str, object]) -> None:
    """Write what --stats asks for as JSON, `-` to standard output. Raises InputError."""
    import json

    if target is not None:
        write_output(target, (json.dumps(figures, indent=2) + "\n").encode("utf-8"))


def write_output(target: str, data: bytes) -> None:
    """Write a file whole or not at all, `-` to standard output. Raises InputError."""
    if target == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    from ..files.whole import write_whole

    try:
        write_whole(Path(target), [data])
    except OSError as error:
        raise InputError(target, f"cannot write: {error.strerror}") from error


@dataclass(frozen=True)
class Command:
    """A command: the module with its `run_command` and `build_parser`, and what it does."""

    module: str
    summary: str


COMMANDS = {
    "convert": Command("convert", "show or write the conversion; `rewrite PATH...` is the same"),
    "series": Command("patches", "the conversion as mails for a mailing list"),
    "explain": Command("explain", "why a site became what it became, or what a code means"),
    "verify": Command("verify", "compile old and new text, and compare the machine code"),
    "report": Command("report", "all of it as one page of HTML"),
    "lint": Command("lint", "what the rules forbid, for continuous integration"),
    "support": Command("support", "what converted code calls and the tree lacks"),
    "dialect": Command("dialect", "which era of the Visitor interface a tree has, and why"),
    "schema": Command("schema", "what sections and tables put on the wire"),
    "schema diff": Command(
        "schema_diff", "what changed on the wire between two trees or revisions"
    ),
    "decode": Command("decode", "the values of a saved machine by name"),
    "encode": Command("encode", "a saved machine from its values"),
    "transcode": Command("transcode", "a saved machine for another version"),
    "rules": Command("rules", "list, check, add and lay out rule files"),
    "demo": Command("demo", "all of this on three small devices that it brings along"),
    "cache": Command("cache", "where results are remembered, and how to forget them"),
    "completion": Command("completion", "the script with which a shell completes this command"),
    "man": Command("manual", "the manual page of all commands"),
}
"""Every command by its words."""


_OVERVIEW = """usage: rewrite COMMAND [OPTION]...
       rewrite [OPTION]... [PATH]...

Convert the qemu_put_*/qemu_get_* calls of QEMU's handlers to visit_type_* calls, and prove it.

commands, each with its own --help; without one, PATH is converted:
{commands}

examples:
  rewrite demo                         see what it does, on three small devices
  rewrite hw/                          show what would change, as a diff
  rewrite hw/ --apply                  write it: all files or none
  rewrite explain hw/foo.c:120         why a call stayed

options:
  -h, --help     this list
  --version      the version

{statuses}"""


def _version_text() -> str:
    return f"rewrite {__version__}"


def _overview_text() -> str:
    width = max(map(len, COMMANDS))
    lines = (f"  {name:<{width}}  {one.summary}" for name, one in COMMANDS.items())
    return _OVERVIEW.format(commands="\n".join(lines), statuses=EXIT_STATUS.rstrip())


_ALONE = {"-h": _overview_text, "--help": _overview_text, "--version": _version_text}
"""What is asked for by one word alone, without any import."""


def make_parsers() -> dict[str, argparse.ArgumentParser]:
    """The parser of every command by its words."""
    return {
        n: import_module(f"{__package__}.{c.module}").build_parser() for n, c in COMMANDS.items()
    }


def _found_command(argv: Sequence[str]) -> tuple[str, Sequence[str]]:
    """The module that runs a command line, and what is left of it for the module.

    A line that begins with no command converts; one option of it asks for mails instead.
    """
    for words in (2, 1):
        found = COMMANDS.get(" ".join(argv[:words]))
        if found is not None:
            return found.module, argv[words:]
    if any(a == "--patches" or a.startswith("--patches=") for a in argv):
        return COMMANDS["series"].module, argv
    _check_first(argv)
    return COMMANDS["convert"].module, argv


def _check_first(argv: Sequence[str]) -> None:
    """Raise UsageError for a first word that is no path but looks like a command."""
    first = argv[0] if argv else "-"
    if not re.fullmatch("[a-z]+", first) or os.path.lexists(first):
        return
    like = most_like(first, [name for name in COMMANDS if " " not in name])
    if like:
        raise UsageError(
            f"rewrite: error: {first} is neither a path here nor a command; did you mean "
            f"`rewrite {like}`?"
        )


def most_like(word: str, known: Sequence[str]) -> str:
    """The known word that a mistyped one may stand for, empty where none is like it."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, known, 1, 0.75)), "")


def main(argv: Sequence[str]) -> int:
    """Run one command line and return its exit status. Errors are told on standard error."""
    try:
        if len(argv) == 1 and argv[0] in _ALONE:
            print(_ALONE[argv[0]]())
            return OK
        module, arguments = _found_command(argv)
        status: int = import_module(f"{__package__}.{module}").run_command(arguments)
        return status
    except Told as error:
        _tell_error(str(error))
    except ApplyError as error:
        _tell_error(f"{shown(error.path)}: error: {error.message}")
    except CountError as error:
        _tell_error(f"rewrite: error: {error}: a bug of this tool, nothing was written")
        return SELF_CHECK
    except BrokenPipeError:
        return NO_READER
    except OSError as error:
        name = f"{one_line(os.fsdecode(error.filename))}: " if error.filename is not None else ""
        _tell_error(f"{name}error: {error.strerror or error}")
    except MemoryError:
        _tell_error("rewrite: error: not enough memory")
    except KeyboardInterrupt:
        _tell_error("interrupted; nothing is half written")
        return 130
    return USAGE


def _tell_error(text: str) -> None:
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
        _tell_error("standard output: error: it is closed")
        sys.exit(USAGE)
    status = main(sys.argv[1:])
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            _tell_error(f"standard output: error: {error.strerror}")
        status = NO_READER if isinstance(error, BrokenPipeError) else USAGE
    # What could not be written must not be tried again, with a traceback, as the interpreter ends.
    if status in (USAGE, NO_READER):
        os._exit(status)
    sys.exit(status)
