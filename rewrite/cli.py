# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line: the only module that prints, and the only one that decides an exit status."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from . import __version__
from .apply import ApplyError, apply_changes, recover
from .codes import CODES
from .convert import Converter, FileResult, TreeResult, convert_tree, open_converter
from .diff import diffstat, unified_diff
from .edit import FileChange
from .explain import explain_code, explain_line
from .outcome import Refusal
from .rules import Dialect, RuleError, Rules, load_rules
from .rules_reference import reference
from .source import SourceFile
from .statistics import CountError, Statistics, collect
from .tree import InputError, find_root

OK, FINDINGS, USAGE, SELF_CHECK = 0, 1, 2, 3
"""The exit statuses: done; findings (--check); usage or input error; a self-check failed."""

_DIALECTS = ("auto", "rfc", "pre-1.2", "1.2", "2.6", "5.1")

_EXIT_STATUS = """exit status:
  0  done
  1  findings: of the lint, or something would change (--check)
  2  a usage or input error; nothing was written
  3  a conversion failed its own check, or `verify` found a difference: please report it
"""

_CONVERT_HELP = """Convert the qemu_put_*/qemu_get_* calls of QEMU's handlers to visit_type_* calls.

Without --apply or --check the change is shown as one unified diff on standard output, which
`git apply` takes in the tree's root; diagnostics and a summary go to standard error. Each changed
file is checked against its old text before it is shown or written.

Other commands, each with its own --help:
  rewrite explain FILE:LINE | CODE   why a site became what it became, or stayed
  rewrite lint                       what the rules forbid, for continuous integration
  rewrite rules list|check|add|fmt   the rule files
  rewrite verify PATH...             compile old and new text, and compare the machine code
"""


class _Parser(argparse.ArgumentParser):
    """argparse with GNU-style errors and exit status 2."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{self.prog}: error: {message}\nTry '{self.prog} --help'.")


class UsageError(Exception):
    """A command line that can't be understood; the message is complete."""


def make_parser(prog: str, description: str) -> _Parser:
    """A parser of one command, with the exit statuses below its options."""
    return _Parser(
        prog=prog,
        description=description,
        epilog=_EXIT_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
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
        type=Path,
        metavar="DIR",
        help="root of the source tree (default: found from PATH)",
    )
    _add_rules_option(parser)


def _add_rules_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--rules", type=Path, metavar="DIR", action="append", default=[],
        help="a directory of further rule files; may be given several times",
    )  # fmt: skip


def _convert_parser() -> _Parser:
    parser = make_parser("rewrite", _CONVERT_HELP)
    parser.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="files or directories (default: .)"
    )
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--apply", action="store_true", help="write the change: all files or none")
    mode.add_argument(
        "--check", action="store_true", help="no diff; exit 1 if anything would change"
    )
    add_tree_options(parser)
    parser.add_argument(
        "--stats",
        metavar="FILE",
        help="write figures as JSON; `-` for standard output in place of the diff",
    )
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="name the plumbing sites as well"
    )
    parser.add_argument("--version", action="version", version=f"rewrite {__version__}")
    return parser


def load(directories: Sequence[Path]) -> Rules:
    """The tool's rules with those of some directories; raises InputError and RuleError."""
    for directory in directories:
        if not directory.is_dir():
            raise InputError(str(directory), "no such directory of rule files")
    return load_rules(directories)


def chosen_dialect(rules: Rules, name: str) -> Dialect | None:
    """The dialect that --dialect names, None for `auto`."""
    return None if name == "auto" else rules.dialects[name]


def root_of(given: Path | None, paths: Sequence[Path], rules: Rules) -> Path:
    """The resolved root: that of --root, in which the paths must be, or the one found from them."""
    found = find_root(paths, rules.root_markers)
    if given is None:
        return found
    if not given.is_dir():
        raise InputError(str(given), "no such directory")
    root = given.resolve()
    for path in paths:
        if not path.resolve().is_relative_to(root):
            raise InputError(str(path), f"not inside the root {root}")
    return root


def _open(args: argparse.Namespace, paths: Sequence[Path]) -> Converter:
    rules = load(args.rules)
    root = root_of(args.root, paths, rules)
    return open_converter(root, rules, chosen_dialect(rules, args.dialect))


# -- diagnostics ---------------------------------------------------------------------------------


def _shown(path: Path) -> str:
    """A path as a person can open it from here."""
    here = str(Path.cwd()) + os.sep
    return str(path).removeprefix(here)


def _at(source: SourceFile, offset: int) -> str:
    position = source.position(offset)
    return f"{_shown(source.path)}:{position.line}:{position.column}"


def _file_diagnostics(file: FileResult, verbose: bool) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for outcome in file.outcomes:
        at = outcome.site.start
        if isinstance(outcome, Refusal):
            name = outcome.site.primitive.name
            found.append(
                (
                    at,
                    f"{_at(file.source, at)}: warning: {name} not converted: "
                    f"{outcome.message} [{outcome.code}]",
                )
            )
        elif verbose and hasattr(outcome, "reason"):
            found.append(
                (
                    at,
                    f"{_at(file.source, at)}: note: {outcome.site.primitive.name} stays: "
                    f"{outcome.reason} [plumbing]",
                )
            )
    for clash in file.clashes if verbose else ():
        at = clash.load.start
        found.append(
            (
                at,
                f"{_at(file.source, at)}: note: loads `{clash.loaded}` where {clash.save.function}() "
                f"saves `{clash.saved}` [names-differ]",
            )
        )
    for failure in file.failures:
        place = f"{_shown(file.source.path)}:{failure.line}:1"
        found.append(
            (
                0,
                f"{place}: error: self-check failed in {failure.function}(): {failure.message}; "
                "the file is left alone [self-check]",
            )
        )
    return found


def _diagnostics(result: TreeResult, verbose: bool) -> list[str]:
    lines = [f"{_shown(result.root / s.path)}: warning: {s.reason}" for s in result.skipped]
    for file in result.files:
        lines += [text for _, text in sorted(_file_diagnostics(file, verbose))]
    return list(dict.fromkeys(lines))


def _summary(figures: Statistics, applied: bool) -> str:
    verb = "changed" if applied else "to change"
    lines = [
        f"{figures['sites']} sites: {figures['converted']} converted, "
        f"{figures['plumbing']} plumbing, {figures['refused']} refused "
        f"(dialect {figures['dialect']})",
        f"{figures['files_changed']} files {verb}, {figures['functions_changed']} functions",
    ]
    if figures["by_code"]:
        lines.append("refused: " + ", ".join(f"{n} {c}" for c, n in figures["by_code"].items()))
    if figures["failed_self_check"]:
        lines.append(f"{figures['failed_self_check']} self-checks failed: a bug of this tool")
    return "\n".join(lines)


# -- commands ------------------------------------------------------------------------------------


def _command_convert(argv: Sequence[str]) -> int:
    args = _convert_parser().parse_intermixed_args(list(argv))
    paths = args.paths or [Path()]
    converter = _open(args, paths)
    if args.apply:
        _settle(converter.tree.root)
    result = convert_tree(converter, paths)
    figures = collect(result)
    for line in _diagnostics(result, args.verbose):
        print(line, file=sys.stderr)
    _check_place(args.stats)
    if args.apply:
        apply_changes(result.changes, result.root)
    elif not args.check and args.stats != "-":
        _print_diff(result)
    _write_stats(args.stats, figures)
    if args.apply and result.changes:
        sys.stderr.write(diffstat(result.changes))
    print(_summary(figures, args.apply), file=sys.stderr)
    if figures["failed_self_check"]:
        return SELF_CHECK
    return FINDINGS if args.check and result.changes else OK


def _settle(root: Path) -> None:
    recovery = recover(root)
    if recovery is not None:
        print(
            f"an interrupted run was {recovery.outcome}: {len(recovery.paths)} files",
            file=sys.stderr,
        )


def _print_diff(result: TreeResult) -> None:
    out = sys.stdout.buffer
    for file in result.files:
        if file.change is not None:
            out.write(unified_diff(file.change, file.edits))
    out.flush()


def _check_place(target: str | None) -> None:
    """Raise InputError for statistics that can't be written, before anything else is."""
    if target is not None and target != "-":
        try:
            Path(target).open("a").close()
        except OSError as error:
            raise InputError(target, f"cannot write: {error.strerror}") from error


def _write_stats(target: str | None, figures: Mapping[str, object]) -> None:
    text = json.dumps(figures, indent=2) + "\n"
    if target == "-":
        sys.stdout.write(text)
    elif target is not None:
        Path(target).write_text(text, encoding="utf-8")


def _command_explain(argv: Sequence[str]) -> int:
    parser = make_parser(
        "rewrite explain", "Say why a site became what it became, or what a code means."
    )
    parser.add_argument(
        "what", metavar="FILE:LINE|CODE", help="a place in a source file, or a diagnostic's code"
    )
    add_tree_options(parser)
    args = parser.parse_intermixed_args(list(argv))
    what: str = args.what
    if what in CODES:
        print(explain_code(CODES[what]))
        return OK
    name, _, line = what.rpartition(":")
    if not name or not re.fullmatch("[0-9]{1,9}", line):
        known = ", ".join(CODES)
        raise UsageError(
            f"rewrite explain: error: {what} is neither FILE:LINE nor a code ({known})"
        )
    path = Path(name)
    if not path.is_file():
        raise InputError(name, "no such file")
    converter = _open(args, [path])
    result = convert_tree(converter, [path])
    texts = [t for f in result.files for t in explain_line(converter, f, int(line))]
    if not texts:
        raise InputError(f"{name}:{line}", "no call of a primitive on this line")
    print("\n\n".join(texts))
    return OK


def _command_rules(argv: Sequence[str]) -> int:
    parser = make_parser("rewrite rules", "List, check, extend and format rule files.")
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="list|check|kinds|add|fmt"
    )
    for name, text in (
        ("list", "print every rule that is in force"),
        ("check", "check rule files, the tool's own and yours"),
    ):
        sub = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        _add_rules_option(sub)
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
    args = parser.parse_args(list(argv))
    if args.command in ("list", "check"):
        return _rules_show(args)
    if args.command == "kinds":
        print(reference(), end="")
        return OK
    return _rules_add(args) if args.command == "add" else _rules_fmt(args)


def _rules_show(args: argparse.Namespace) -> int:
    rules = load([*args.rules, *args.directories])
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


def _replace_rule_file(path: Path, old: str, new: str) -> None:
    source = SourceFile(path.resolve(), path.name, old.encode("utf-8"))
    apply_changes([FileChange(source, new.encode("utf-8"))], path.resolve().parent)


def _rules_add(args: argparse.Namespace) -> int:
    from .rules_edit import add_rule

    old = _read_rule_file(args.file)
    _replace_rule_file(args.file, old, add_rule(old, args.rule, str(args.file)))
    return OK


def _rules_fmt(args: argparse.Namespace) -> int:
    from .rules_edit import format_rules, upgrade_rules

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
            _replace_rule_file(path, old, new)
    return FINDINGS if args.check and changed else OK


def _command_lint(argv: Sequence[str]) -> int:
    from .cli_lint import command

    return command(argv)


def _command_verify(argv: Sequence[str]) -> int:
    from . import cli_verify
    from .verify import FAILURES, figures

    parser = make_parser("rewrite verify", cli_verify.DESCRIPTION)
    cli_verify.add_options(parser)
    add_tree_options(parser)
    args = parser.parse_intermixed_args(list(argv))
    _check_place(args.stats)
    report, failures = cli_verify.run(args, _open(args, args.paths))
    for text in (*failures, *cli_verify.diagnostics(report, args.verbose, _shown)):
        print(text, file=sys.stderr)
    counted = figures(report)
    _write_stats(args.stats, counted)
    print(cli_verify.summary(counted), file=sys.stderr)
    return SELF_CHECK if failures or FAILURES & counted["by_outcome"].keys() else OK


_COMMANDS = {
    "explain": _command_explain,
    "lint": _command_lint,
    "rules": _command_rules,
    "verify": _command_verify,
}


def main(argv: Sequence[str]) -> int:
    """Run one command line and return its exit status. Errors are told on standard error."""
    try:
        command = _COMMANDS.get(argv[0]) if argv else None
        return command(argv[1:]) if command is not None else _command_convert(argv)
    except (UsageError, InputError, RuleError) as error:
        print(error, file=sys.stderr)
    except ApplyError as error:
        print(f"{_shown(error.path)}: error: {error.message}", file=sys.stderr)
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
    """The `rewrite` command."""
    sys.exit(main(sys.argv[1:]))
