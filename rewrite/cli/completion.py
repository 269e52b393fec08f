# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `rewrite completion`: the script with which a shell completes this command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from .completion_script import SHELLS, script
from .main import OK, make_parser, parsers

_EXAMPLES = """examples:
  rewrite completion bash > ~/.local/share/bash-completion/completions/rewrite
  rewrite completion zsh > ~/.zfunc/_rewrite      with ~/.zfunc in fpath before compinit
  rewrite completion fish > ~/.config/fish/completions/rewrite.fish
"""


def parser() -> argparse.ArgumentParser:
    """The options of this command."""
    made = make_parser(
        "rewrite completion", "Print the script that completes `rewrite` in a shell.", _EXAMPLES
    )
    made.add_argument("shell", choices=SHELLS, metavar="SHELL", help="bash, zsh or fish")
    return made


def command(argv: Sequence[str]) -> int:
    """Run `rewrite completion`."""
    args = parser().parse_args(list(argv))
    sys.stdout.write(script(args.shell, parsers()))
    return OK
