# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `rewrite completion`: the script with which a shell completes this command."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping, Sequence

from .main import COMMANDS, OK, load_rules, make_parser, make_parsers

SHELLS = ("bash", "zsh", "fish")
"""The shells that there is a script for."""

_EXAMPLES = """examples:
  rewrite completion bash > ~/.local/share/bash-completion/completions/rewrite
  rewrite completion zsh > ~/.zfunc/_rewrite      with ~/.zfunc in fpath before compinit
  rewrite completion fish > ~/.config/fish/completions/rewrite.fish
"""

_FOLDERS, _FILES = ("DIR",), ("FILE", "PATH", "FILE:LINE[:COL]|CODE", "TREE")
"""What the help calls an argument that a folder or a file completes."""


def build_parser() -> argparse.ArgumentParser:
    """The options of this command."""
    made = make_parser(
        "rewrite completion", "Print the script that completes `rewrite` in a shell.", _EXAMPLES
    )
    made.add_argument("shell", choices=SHELLS, metavar="SHELL", help="bash, zsh or fish")
    return made


def run_command(argv: Sequence[str]) -> int:
    """Run `rewrite completion`."""
    import shtab

    args = build_parser().parse_args(list(argv))
    script = shtab.complete(_whole_parser(make_parsers()), shell=args.shell)
    sys.stdout.write(_PATHS.get(args.shell, str)(script))
    return OK


def _whole_parser(commands: Mapping[str, argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """One parser of the whole command, as shtab wants it; each command is read by its own in a run.

    Without a command the options are those of a conversion. Where a command has others below it, as
    `schema` has `schema diff`, these stand in the place of its paths.
    """
    plain = [name for name in commands if " " not in name]
    options = commands["convert"]._actions
    made = argparse.ArgumentParser("rewrite", add_help=False)
    for action in options:
        if action.option_strings:
            made._add_action(action)
    _add_commands(made, {name: commands[name] for name in plain}, "")
    for name in plain:
        below = {n.split()[1]: p for n, p in commands.items() if n.startswith(f"{name} ")}
        if below:
            _drop_positionals(commands[name])
            _add_commands(commands[name], below, f"{name} ")
    eras = ("auto", *load_rules(()).dialects)
    for one in _with_inner(made):
        _tell_kinds(one, eras)
    return made


def _add_commands(
    to: argparse.ArgumentParser, inner: Mapping[str, argparse.ArgumentParser], prefix: str
) -> None:
    group = to.add_subparsers()
    for name, one in inner.items():
        group._name_parser_map[name] = one
        summary = COMMANDS[prefix + name].summary
        group._choices_actions.append(group._ChoicesPseudoAction(name, (), summary))
        one.description = summary


def _drop_positionals(one: argparse.ArgumentParser) -> None:
    for action in [a for a in one._actions if not a.option_strings]:
        one._remove_action(action)
        one._positionals._group_actions.remove(action)


def _with_inner(one: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """A parser and all that are below it."""
    yield one
    for action in one._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from _with_inner(inner)


def _tell_kinds(one: argparse.ArgumentParser, eras: Sequence[str]) -> None:
    """Say which arguments are files, folders and eras, where shtab looks for it."""
    import shtab

    for action in one._actions:
        if action.dest == "dialect":
            action.choices = eras
        elif action.metavar in _FILES:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif action.metavar in _FOLDERS:
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]


_LIST = re.compile(r"^(_shtab_rewrite(?:_schema)?_commands\(\) \{\n(?:.*\n)*?)\}$", re.MULTILINE)
_LAST = re.compile(r"^( +)(verify|diff)\) (.*) ;;$", re.MULTILINE)


def _zsh_with_paths(script: str) -> str:
    """zsh's script with paths beside the commands: `rewrite PATH` and `rewrite schema PATH` have none,
    and an argument of several paths would end with the first.
    """
    script = _LIST.sub(r"\1  _files\n}", script).replace('"(*)::', '"*::')
    usual = {"verify": "$_shtab_rewrite_convert_options", "diff": "'*:path:_files'"}
    return _LAST.sub(lambda m: f"{m[0]}\n{m[1]}*) _arguments -C -s {usual[m[2]]} ;;", script)


def _fish_with_paths(script: str) -> str:
    """fish's script with paths where they may stand in the place of a command."""
    words = " ".join(name for name in COMMANDS if name != "schema" and " " not in name)
    return f"{script}\ncomplete -c rewrite -F -n 'not __fish_seen_subcommand_from {words}'\n"


_PATHS = {"zsh": _zsh_with_paths, "fish": _fish_with_paths}
"""What a shell's script needs beside; bash offers files by itself where nothing else fits."""
