# SPDX-License-Identifier: GPL-2.0-or-later
"""Completion scripts for bash, zsh and fish, made from the parsers of the commands.

Written here because the first argument is a command or a path, which generators such as shtab (its
parser has either choices or a file in one place) do not express.
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

_FILE, _FOLDER, _WORDS, _TEXT = "file", "directory", "words", "text"
_PLACES = {"FILE": _FILE, "PATH": _FILE, "FILE:LINE|CODE": _FILE, "DIR": _FOLDER}
"""What an option or argument takes, by what the help calls it."""


@dataclass(frozen=True)
class Value:
    """What completes a value: files, directories, `words`, or nothing (text)."""

    kind: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Option:
    """An option: its spellings, its help, its value if it takes one."""

    names: tuple[str, ...]
    help: str
    value: Value | None


@dataclass(frozen=True)
class Command:
    """A command line as far as its command: `words` lead to it, `below` are the commands after it.

    `argument` completes what is no option.
    """

    words: tuple[str, ...]
    options: tuple[Option, ...]
    argument: Value | None
    below: tuple[tuple[str, str], ...]


def read_commands(parsers: Mapping[str, argparse.ArgumentParser]) -> list[Command]:
    """All commands, those below others too; the one named "" has all the others below it.

    A parser named by an option reads the command line of "" where that option is given.
    """
    found: list[Command] = []
    more: list[Option] = []
    for name, parser in parsers.items():
        if name.startswith("-"):
            more += next(_commands((), parser)).options
        else:
            found += _commands(tuple(name.split()), parser)
    names = [name for name in parsers if name and not name.startswith("-")]
    found += _parents(found)
    below = tuple(
        (name, _first_line(parsers[name].description if name in parsers else None))
        for name in dict.fromkeys(name.split()[0] for name in names)
    )
    whole = Command((), (), None, below)
    return [
        replace(c, below=(*c.below, *_below(c, names, parsers))) if c.words
        else replace(whole, options=_with(c.options, more), argument=c.argument)
        for c in found
    ]  # fmt: skip


def _parents(found: Sequence[Command]) -> Iterator[Command]:
    """The first words of commands of two words that are no commands themselves."""
    known = {command.words for command in found}
    for first in dict.fromkeys(command.words[:1] for command in found if len(command.words) == 2):
        if first not in known:
            yield Command(first, (), None, ())


def _below(
    command: Command, names: Sequence[str], parsers: Mapping[str, argparse.ArgumentParser]
) -> Iterator[tuple[str, str]]:
    """The second words of commands that have a parser of their own, with what they do."""
    for name in names:
        *first, last = name.split()
        if tuple(first) == command.words:
            yield last, _first_line(parsers[name].description)


def _with(options: tuple[Option, ...], more: Sequence[Option]) -> tuple[Option, ...]:
    """The options, and those spellings of further ones that mean nothing else among them."""
    known = {name for option in options for name in option.names}
    left = (Option(tuple(n for n in o.names if n not in known), o.help, o.value) for o in more)
    return (*options, *(option for option in left if option.names))


def _commands(words: tuple[str, ...], parser: argparse.ArgumentParser) -> Iterator[Command]:
    options = []
    argument = None
    below: list[tuple[str, str]] = []
    inner: list[Command] = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            below = [(c.dest, c.help or "") for c in action._choices_actions]
            for name, one in action.choices.items():
                inner += _commands((*words, name), one)
        elif action.option_strings:
            value = None if action.nargs == 0 else _value(action)
            options.append(Option(tuple(action.option_strings), _help(action), value))
        else:
            argument = argument or _value(action)
    yield Command(words, tuple(options), argument, tuple(below))
    yield from inner


def _value(action: argparse.Action) -> Value:
    if action.choices is not None:
        return Value(_WORDS, tuple(map(str, action.choices)))
    return Value(_PLACES.get(str(action.metavar), _TEXT))


def _help(action: argparse.Action) -> str:
    if isinstance(action, argparse._VersionAction):
        return "show the version and exit"
    return action.help or ""


def _first_line(text: str | None) -> str:
    """The first sentence of a description, as far as it stands on the first line."""
    line = (text or "").split("\n")[0]
    return line.split(": ")[0].rstrip(".:")


# -- bash ------------------------------------------------------------------------------------------

_BASH = """\
_rewrite() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} command= words= options= kind=text
    if ((COMP_CWORD > 1)); then
        case ${{COMP_WORDS[1]}} in
            {first}) command=${{COMP_WORDS[1]}} ;;
        esac
    fi
    if ((COMP_CWORD > 2)); then
        case "$command ${{COMP_WORDS[2]}}" in
            {second}) command+=" ${{COMP_WORDS[2]}}" ;;
        esac
    fi
    case "$command" in
{commands}    esac
    case "$command:${{COMP_WORDS[COMP_CWORD - 1]}}" in
{values}    *)
        if [[ $cur == -* ]]; then
            kind=text words=$options
        elif [[ -z $command ]] && ((COMP_CWORD > 1)); then
            words=
        fi
        ;;
    esac
    COMPREPLY=()
    case $kind in
        file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
        directory) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
    esac
    if [[ -n $words ]]; then
        local -a found
        mapfile -t found < <(compgen -W "$words" -- "$cur")
        COMPREPLY+=("${{found[@]}}")
    fi
}}
complete -F _rewrite rewrite
"""


def _bash(commands: Sequence[Command]) -> str:
    cases, values = [], []
    for command in commands:
        name = " ".join(command.words)
        options = " ".join(n for o in command.options for n in o.names)
        value = command.argument or Value(_TEXT)
        words = " ".join((*value.words, *(n for n, _ in command.below)))
        kind = value.kind if value.kind in (_FILE, _FOLDER) else _TEXT
        cases.append(
            f"        {shlex.quote(name)}) options={shlex.quote(options)} kind={kind} "
            f"words={shlex.quote(words)} ;;\n"
        )
        for option in command.options:
            if option.value is not None:
                pattern = "|".join(shlex.quote(f"{name}:{n}") for n in option.names)
                kind = option.value.kind if option.value.kind != _WORDS else _TEXT
                words = shlex.quote(" ".join(option.value.words))
                values.append(f"        {pattern}) kind={kind} words={words} ;;\n")
    two = [c.words for c in commands if len(c.words) == 2]
    return _BASH.format(
        first="|".join(c.words[0] for c in commands if len(c.words) == 1),
        second="|".join(shlex.quote(" ".join(w)) for w in two) or "''",
        commands="".join(cases),
        values="".join(values),
    )


# -- zsh -------------------------------------------------------------------------------------------

_ZSH_VALUES = {_FILE: "_files", _FOLDER: "_files -/", _TEXT: " "}


def _zsh(commands: Sequence[Command]) -> str:
    lines = ["#compdef rewrite", ""]
    for command in commands:
        lines += _zsh_command(command)
    lines += ['_rewrite "$@"', ""]
    return "\n".join(lines)


def _zsh_command(command: Command) -> Iterator[str]:
    yield f"{_zsh_name(command.words)}() {{"
    if command.below:
        described = (shlex.quote(f"{name}:{text}") for name, text in command.below)
        yield f"    local -a below=({' '.join(described)})"
        yield "    if (( CURRENT > 2 )); then"
        yield "        case $words[2] in"
        for name, _ in command.below:
            inner = _zsh_name((*command.words, name))
            yield f"            {name}) shift words; (( CURRENT-- )); {inner}; return ;;"
        yield "        esac"
        yield "    fi"
    specs = [_zsh_option(o, n) for o in command.options for n in o.names]
    if command.below:
        specs.append("'1: :->first'")
    if command.argument is not None:
        specs.append(shlex.quote(f"*: :{_zsh_value(command.argument)}"))
    yield "    local state line ret=1; typeset -A opt_args"
    yield f"    _arguments -S {' '.join(specs)} && ret=0"
    if command.below:
        files = "; _files" if command.argument is not None else ""
        yield f"    [[ $state == first ]] && {{ _describe command below{files}; ret=0; }}"
    yield "    return ret"
    yield "}"
    yield ""


def _zsh_name(words: Sequence[str]) -> str:
    return "_".join(("_rewrite", *words))


def _zsh_option(option: Option, name: str) -> str:
    text = option.help
    for char in "\\[]:":
        text = text.replace(char, "\\" + char)
    value = "" if option.value is None else f": :{_zsh_value(option.value)}"
    return shlex.quote(f"{name}[{text}]{value}")


def _zsh_value(value: Value) -> str:
    return f"({' '.join(value.words)})" if value.words else _ZSH_VALUES[value.kind]


# -- fish ------------------------------------------------------------------------------------------

_FISH = """\
function __rewrite_at
    set -l words (commandline -opc)
    set -l command
    contains -- "$words[2]" {first}; and set command $words[2]
    contains -- "$command $words[3]" {second}; and set command "$command $words[3]"
    test "$command" = "$argv[1]"; and test -z "$argv[2]" -o (count $words) -eq "$argv[2]"
end
complete -c rewrite -f
"""
_FISH_VALUES = {
    _FILE: " -rF",
    _FOLDER: " -xa '(__fish_complete_directories)'",
    _TEXT: " -x",
}

_FISH_ARGUMENTS = {_FILE: ("-F",), _FOLDER: ("-a '(__fish_complete_directories)'",)}


def _fish(commands: Sequence[Command]) -> str:
    lines = [
        _FISH.format(
            first=" ".join(c.words[0] for c in commands if len(c.words) == 1),
            second=" ".join(shlex.quote(" ".join(c.words)) for c in commands if len(c.words) == 2),
        )
    ]
    for command in commands:
        lines += _fish_command(command)
    return "".join(lines)


def _fish_command(command: Command) -> Iterator[str]:
    name = " ".join(command.words)
    at = f"complete -c rewrite -n '__rewrite_at \"{name}\"'"
    for option in command.options:
        names = "".join(
            f" -l {n[2:]}" if n.startswith("--") else f" -s {n[1:]}" for n in option.names
        )
        value = "" if option.value is None else _fish_value(option.value)
        yield f"{at}{names}{value} -d {_fish_quote(option.help)}\n"
    depth = len(command.words) + 1
    for below, text in command.below:
        first = f"complete -c rewrite -n '__rewrite_at \"{name}\" {depth}'"
        yield f"{first} -a {below} -d {_fish_quote(text)}\n"
    if command.argument is not None and command.argument.words:
        yield f"{at} -a {_fish_quote(' '.join(command.argument.words))}\n"
    elif command.argument is not None:
        yield from (f"{at} {how}\n" for how in _FISH_ARGUMENTS.get(command.argument.kind, ()))


def _fish_value(value: Value) -> str:
    if value.words:
        return f" -xa {_fish_quote(' '.join(value.words))}"
    return _FISH_VALUES[value.kind]


def _fish_quote(text: str) -> str:
    """A fish word: in single quotes only backslash and quote need an escape (fish, "Quotes")."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


_SHELLS: dict[str, Callable[[Sequence[Command]], str]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}

SHELLS = tuple(_SHELLS)
"""The shells that there is a script for."""


def script(shell: str, parsers: Mapping[str, argparse.ArgumentParser]) -> str:
    """The script for one of SHELLS."""
    return _SHELLS[shell](read_commands(parsers))
