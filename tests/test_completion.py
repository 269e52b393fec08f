# SPDX-License-Identifier: GPL-2.0-or-later
"""Completion, tried in the shells themselves; and that --help says what a manual page would."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Ran

from rewrite.cli.completion import SHELLS
from rewrite.cli.main import make_parsers

CASES = {
    "rewrite rep": {"report"},
    "rewrite rules ": {"list", "check", "kinds", "add", "fmt"},
    "rewrite rules fm": {"fmt"},
    "rewrite --dialect 5": {"5.1"},
    "rewrite lint --format s": {"sarif"},
    "rewrite report --ver": {"--verify"},
    "rewrite series --cover": {"--cover-letter"},
    "rewrite series --by m": {"maintainer"},
    "rewrite schema diff --sin": {"--since"},
    "rewrite convert --app": {"--apply"},
    "rewrite report --verify zf": {"zfile.json"},
    "rewrite convert zf": {"zfile.json"},
    "rewrite lint zfile.json dir": {"directory/"},
    "rewrite report --root ": {"directory/"},
    "rewrite completion f": {"fish"},
}
"""What a line is completed with, in a folder that holds zfile.json and directory/."""

BASH = """
source {script}
compopt() {{ :; }}
COMP_LINE={line!r}
read -ra COMP_WORDS <<< "$COMP_LINE"
[[ $COMP_LINE == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_shtab_rewrite
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "zfile.json").touch()
    (tmp_path / "directory").mkdir()
    return tmp_path


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if shutil.which(name) is None:
        pytest.skip(f"NO {name.upper()}: its completion is NOT tested")
    return name


def script_of(spawn: Callable[..., Ran], shell: str, target: Path) -> Path:
    ran = spawn("completion", shell, cwd=target.parent)
    assert (ran.status, ran.err) == (0, "")
    target.write_bytes(ran.out)
    return target


def words_of(text: str) -> set[str]:
    """The candidates without what a shell says of them; a directory ends with a slash."""
    found = {line.split("\t")[0].strip() for line in text.splitlines() if line.strip()}
    return {"directory/" if word == "directory" else word for word in found}


def bash(script: Path, line: str, folder: Path) -> set[str]:
    program = BASH.format(script=script, line=line)
    return words_of(_output(["bash", "--norc", "-c", program], folder))


def fish(script: Path, line: str, folder: Path) -> set[str]:
    program = f"source {script}; complete -C {line!r}"
    return words_of(_output(["fish", "--no-config", "-c", program], folder))


def _output(command: list[str], folder: Path) -> str:
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ran.stderr == ""
    return ran.stdout


def zsh(script: Path, line: str, folder: Path) -> set[str]:
    """What zsh lists, or completes the line with, when it is asked on a terminal."""
    functions = script.parent / "functions"
    functions.mkdir(exist_ok=True)
    shutil.copy(script, functions / "_rewrite")
    start = (
        f"fpath=({functions} $fpath); autoload -U compinit; compinit -u -D; PS1='ready> '; "
        "zstyle ':completion:*' verbose no; "
        "setopt no_always_last_prompt; bindkey '^T' list-choices; echo begun\n"
    )
    with _Terminal(["zsh", "-f", "-i"], folder) as terminal:
        terminal.send(start)
        terminal.read_until("\nbegun")
        terminal.send(line + "\x14")
        listed = terminal.read_quiet()
    entries = [e for e in listed.splitlines() if "rewrite" not in e and "ready" not in e]
    return words_of("\n".join(word for entry in entries for word in entry.split()))


class _Terminal:
    """A program on a terminal of its own."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self._command, self._folder = command, folder

    def __enter__(self) -> _Terminal:
        self._pid, self._fd = pty.fork()
        if self._pid == 0:
            os.chdir(self._folder)
            os.execvpe(
                self._command[0],
                self._command,
                {**os.environ, "TERM": "dumb", "COLUMNS": "100", "ZDOTDIR": str(self._folder)},
            )
        return self

    def __exit__(self, *_: object) -> None:
        os.kill(self._pid, 9)
        os.waitpid(self._pid, 0)
        os.close(self._fd)

    def send(self, text: str) -> None:
        os.write(self._fd, text.encode())

    def read_until(self, mark: str) -> None:
        shown = ""
        while mark not in shown.replace("\r", ""):
            shown += self._read(30)

    def read_quiet(self) -> str:
        """All that comes until nothing comes for a while."""
        shown = self._read(5)
        end = time.monotonic() + 20
        while time.monotonic() < end and (more := self._read(1)):
            shown += more
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r|\x07", "", shown)

    def _read(self, seconds: float) -> str:
        ready, _, _ = select.select([self._fd], [], [], seconds)
        return os.read(self._fd, 65536).decode(errors="replace") if ready else ""


ASK = {"bash": bash, "zsh": zsh, "fish": fish}


def test_a_shell_completes(
    spawn: Callable[..., Ran], shell: str, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    script = script_of(spawn, shell, tmp_path_factory.mktemp("scripts") / f"rewrite.{shell}")
    found = {line: ASK[shell](script, line, folder) for line in CASES}
    assert found == CASES


@pytest.mark.parametrize("line", ["rewrite zf", "rewrite schema zf"])
def test_a_path_may_stand_in_the_place_of_a_command(
    spawn: Callable[..., Ran], shell: str, folder: Path, tmp_path: Path, line: str
) -> None:
    if shell == "bash":
        pytest.skip("bash completes files by itself where the script has nothing")
    script = script_of(spawn, shell, tmp_path / f"rewrite.{shell}")
    assert ASK[shell](script, line, folder) == {"zfile.json"}


def test_every_command_has_a_parser_and_a_help_worth_reading(spawn: Callable[..., Ran]) -> None:
    """A description, an example of each, the exit statuses, and a text for each option."""
    assert {
        "convert",
        "series",
        "completion",
        "lint",
        "rules",
        "schema diff",
    } <= make_parsers().keys()
    for name, parser in make_parsers().items():
        text = parser.format_help()
        assert parser.description
        assert "exit status:\n  0  done" in text, name
        begins = "" if name.startswith("-") else name
        assert f"examples:\n  rewrite {begins}".rstrip() in text, name
        assert all(action.help for action in parser._actions if action.option_strings), name
        assert max(map(len, text.splitlines())) <= 100, name


def test_a_shell_that_is_not_known_is_a_usage_error(
    spawn: Callable[..., Ran], tmp_path: Path
) -> None:
    ran = spawn("completion", "tcsh", cwd=tmp_path)
    assert ran.status == 2
    assert "'tcsh'" in ran.err
