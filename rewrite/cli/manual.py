# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `rewrite man`: the manual page, made from the parsers of all commands."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence

from .. import __version__
from .main import COMMANDS, EXIT_STATUS, OK, make_parser, make_parsers

_EXAMPLES = """examples:
  rewrite man > ~/.local/share/man/man1/rewrite.1
  rewrite man | man -l -
"""


def build_parser() -> argparse.ArgumentParser:
    """The options of this command."""
    return make_parser("rewrite man", "Print the manual page of all commands.", _EXAMPLES)


def run_command(argv: Sequence[str]) -> int:
    """Run `rewrite man`."""
    build_parser().parse_args(list(argv))
    sys.stdout.write(make_manual())
    return OK


def make_manual() -> str:
    """The manual page in the macros of man(7)."""
    return "\n".join(_page_lines()) + "\n"


def _page_lines() -> Iterator[str]:
    yield '.\\" SPDX-License-Identifier: GPL-2.0-or-later'
    yield f'.TH REWRITE 1 "" "rewrite {__version__}" "User Commands"'
    yield ".SH NAME"
    yield "rewrite \\- QEMU's save and load handlers to visitors, mechanically and checked"
    yield ".SH SYNOPSIS"
    yield ".B rewrite"
    yield "[\\fICOMMAND\\fR] [\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]..."
    yield ".SH DESCRIPTION"
    yield "Without a command, the arguments are those of"
    yield '.BR "rewrite convert" .'
    yield ".SH COMMANDS"
    for name, one in make_parsers().items():
        yield f'.SS "rewrite {name} \\(em {_escape_roff(COMMANDS[name].summary)}"'
        yield from _command_lines(one)
    yield ".SH EXIT STATUS"
    yield from _literal_lines(EXIT_STATUS.partition("\n")[2])
    yield ".SH ENVIRONMENT"
    yield from _tagged_lines("NO_COLOR", "no colours, unless --color asks for them")
    yield from _tagged_lines("SOURCE_DATE_EPOCH", "the date of the mails of a series")
    yield from _tagged_lines("XDG_CACHE_HOME", "where results are remembered, in place of ~/.cache")


def _command_lines(one: argparse.ArgumentParser) -> Iterator[str]:
    yield from (_escape_roff(line) for line in (one.description or "").strip().splitlines())
    for action in one._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                yield from _tagged_lines(
                    f"{one.prog} {name}", inner.description or _find_summary(action, name)
                )
                yield ".RS"
                yield from _command_options(inner)
                yield ".RE"
    yield from _command_options(one)
    examples = (one.epilog or "").partition("examples:\n")[2].partition("\n\n")[0]
    if examples:
        yield ".PP"
        yield from _literal_lines(examples)


def _find_summary(action: argparse._SubParsersAction[argparse.ArgumentParser], name: str) -> str:
    return next((c.help or "" for c in action._choices_actions if c.dest == name), "")


def _command_options(one: argparse.ArgumentParser) -> Iterator[str]:
    formatter = one._get_formatter()
    for action in one._actions:
        if isinstance(action, argparse._HelpAction | argparse._SubParsersAction):
            continue
        term = formatter._format_action_invocation(action)
        told = formatter._expand_help(action) if action.help else ""
        yield from _tagged_lines(term, told)


def _tagged_lines(term: str, text: str) -> Iterator[str]:
    yield ".TP"
    yield f".B {_escape_roff(term)}"
    yield _escape_roff(" ".join(text.split())) or "\\&"


def _literal_lines(text: str) -> Iterator[str]:
    yield ".nf"
    yield from (_escape_roff(line) for line in text.splitlines() if line)
    yield ".fi"


def _escape_roff(text: str) -> str:
    """Text as roff takes it: hyphens that can be copied, no line that begins with a request."""
    safe = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^(?=[.'])", r"\\&", safe)
