# SPDX-License-Identifier: GPL-2.0-or-later
"""What a terminal shows, and that a pipe gets nothing of it. The terminal here is a real pty."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import REPOSITORY, Ran, Tree
from test_cli import KETTLE, SPOUT, STATE, VISITOR

from rewrite.cli import terminal as cli_terminal
from rewrite.cli.terminal import colored_diff, directory_table, show_progress
from rewrite.report.statistics import SiteRecord

RED, GREEN = "\x1b[31m", "\x1b[32m"


def on_terminal(
    *arguments: str, cwd: Path, streams: tuple[str, ...] = ("stdout", "stderr"), **environment: str
) -> str:
    """What a run writes to a terminal that the named streams are; others are thrown away."""
    controller, terminal = pty.openpty()
    given = {
        name: terminal if name in streams else subprocess.DEVNULL for name in ("stdout", "stderr")
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "rewrite", *arguments],
        cwd=cwd,
        env={
            "PATH": os.environ["PATH"],
            "TERM": "xterm",
            "PYTHONPATH": str(REPOSITORY),
            **environment,
        },
        stdin=subprocess.DEVNULL,
        **given,
    )
    os.close(terminal)
    shown = b""
    while True:
        try:
            part = os.read(controller, 65536)
        except OSError:  # Linux gives EIO once nothing has the terminal open
            break
        if not part:
            break
        shown += part
    os.close(controller)
    assert process.wait() == 0
    return shown.decode().replace("\r\n", "\n")


@pytest.fixture
def shop(tree: Tree) -> Tree:
    return tree.write(
        {
            "include/qapi/visitor.h": VISITOR,
            "include/hw/kettle.h": STATE,
            "hw/a/kettle.c": KETTLE,
            "hw/b/spout.c": SPOUT,
        }
    )


def test_a_diff_on_a_terminal_is_coloured_and_the_same_text(
    shop: Tree, spawn: Callable[..., Ran]
) -> None:
    plain = spawn(".", cwd=shop.root).out.decode()
    shown = on_terminal(".", cwd=shop.root, streams=("stdout",))
    assert f"\n{RED}-    qemu_put_be32(f, s->litres);\x1b[m\n" in shown
    assert f"\n{GREEN}+    Visitor *v" in shown
    assert re.sub(r"\x1b\[\d*m", "", shown) == plain


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [((), {"NO_COLOR": "1"}), ((), {"TERM": "dumb"}), (("--color=never",), {})],
)
def test_colours_can_be_refused(
    shop: Tree, spawn: Callable[..., Ran], arguments: tuple[str, ...], environment: dict[str, str]
) -> None:
    shown = on_terminal(".", *arguments, cwd=shop.root, streams=("stdout",), **environment)
    assert shown.encode() == spawn(".", cwd=shop.root).out


def test_colours_can_be_demanded_of_a_pipe(shop: Tree, spawn: Callable[..., Ran]) -> None:
    coloured = spawn(".", "--color=always", cwd=shop.root, NO_COLOR="1").out.decode()
    assert RED in coloured


def test_an_empty_no_color_means_nothing(shop: Tree) -> None:
    """No-color.org: only when present and not an empty string."""
    assert RED in on_terminal(".", cwd=shop.root, streams=("stdout",), NO_COLOR="")


def test_a_dry_run_on_a_terminal_ends_with_a_table_by_directory(shop: Tree) -> None:
    shown = on_terminal(".", cwd=shop.root, streams=("stderr",), NO_COLOR="1")
    table = shown[shown.index("directory") :].splitlines()
    assert table[:4] == [
        "directory   sites  converted  plumbing  refused",
        "hw/a/           6          6         0        0",
        "hw/b/           3          2         0        1",
        "all             9          8         0        1",
    ]
    assert table[4].startswith("9 sites: 8 converted")


def test_a_pipe_gets_no_table_unless_it_asks(shop: Tree, spawn: Callable[..., Ran]) -> None:
    plain, asked = spawn(".", cwd=shop.root), spawn(".", "--summary", cwd=shop.root)
    assert "directory" not in plain.err
    assert "hw/b/           3          2         0        1\n" in asked.err
    assert "\x1b" not in plain.err + asked.err
    assert asked.out == plain.out
    lines = asked.err.splitlines()
    assert [line for line in lines if not re.match("directory|hw/./ |all ", line)] == (
        plain.err.splitlines()
    )


def test_a_removed_line_that_looks_like_a_header_is_a_removed_line() -> None:
    diff = b"--- a/x.c\n+++ b/x.c\n@@ -1,2 +1 @@\n--- i;\n-++j;\n+++ i;\ndiff --git a/y b/y\n"
    lines = colored_diff(diff).decode().split("\n")
    starts = [re.match(r"(?:\x1b\[\d*m)?", line)[0] for line in lines]  # type: ignore[index]
    assert starts == ["\x1b[1m", "\x1b[1m", "\x1b[36m", RED, RED, GREEN, "\x1b[1m", ""]


def test_a_coloured_diff_sends_no_control_character_of_the_text() -> None:
    text = "@@ -1 +1 @@\n-a\x1b]0;title\x07\t\x7fb\x9b31m\r\n+c\n"
    shown = colored_diff(text.encode()).decode()
    assert "-a^[]0;title^G\t^?bM-^[31m^M" in shown


def test_a_table_joins_directories_until_it_fits() -> None:
    def site(path: str) -> SiteRecord:
        return SiteRecord(
            path=path, line=1, primitive="", outcome="converted", code="", type=None,
            function="", shape="", name="", reason="",
        )  # fmt: skip

    sites = [site(f"hw/{n % 3}/deep{n}/x.c") for n in range(60)] + [site("top.c")]
    lines = directory_table(sites, color=False).splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [
        ["./", "1"], ["hw/0/", "20"], ["hw/1/", "20"], ["hw/2/", "20"], ["all", "61"],
    ]  # fmt: skip
    assert directory_table([], color=False) == ""
    assert "a\\x1b[2J/ " in directory_table([site("a\x1b[2J/x.c")], color=False)


# -- progress --------------------------------------------------------------------------------------

LONG_WORK = """
from rewrite.cli import terminal as cli_terminal
cli_terminal._PATIENCE = {patience}
import sys
with cli_terminal.show_progress("boiling") as advance:
    for done in range(1, 4):
        advance(done, 3)
print("rich" in sys.modules)
"""


def run_on_terminal(program: str) -> tuple[str, str]:
    """What a program writes to standard error, which is a terminal, and to standard output."""
    controller, terminal = pty.openpty()
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={"PATH": os.environ["PATH"], "TERM": "xterm", "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=terminal,
        check=True,
        text=True,
    )
    os.set_blocking(controller, False)
    os.close(terminal)
    try:
        shown = os.read(controller, 1 << 20)
    except OSError:
        shown = b""
    os.close(controller)
    return shown.decode(), ran.stdout.strip()


def test_long_work_shows_a_bar_and_takes_it_away() -> None:
    shown, imported = run_on_terminal(LONG_WORK.format(patience=-1))
    assert "boiling" in shown
    assert "100%" in shown
    assert "\x1b[2K" in shown
    assert imported == "True"


def test_short_work_shows_no_bar_and_imports_nothing_for_one() -> None:
    assert run_on_terminal(LONG_WORK.format(patience=3600)) == ("", "False")


def test_a_pipe_gets_no_bar(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli_terminal, "_PATIENCE", -1)
    with show_progress("boiling") as advance:
        advance(1, 2)
    assert capsys.readouterr().err == ""


@pytest.mark.needs("gcc")
def test_verify_shows_where_a_function_is(tree: Tree, rewrite: Callable[..., Ran]) -> None:
    """At its name, with the line and a caret on a terminal, as every other diagnostic."""
    text = "static void lamp_save(QEMUFile *f, void *opaque)\n{\n    qemu_put_byte(f, 1);\n}\n"
    tree.write({"hw/lamp.c": text})
    words = ("verify", tree.root, "--dialect", "5.1", "--cc", "gcc -c {file}", "--no-cache")
    plain = rewrite(*words)
    where = f"{tree.root}/hw/lamp.c:1:13: note: lamp_save(): not proved: "
    assert plain.err.startswith(where), plain.err
    assert "[old-does-not-compile]\n    " in plain.err
    rich = rewrite(*words, "--color", "always").err
    assert "    1 | static void \x1b[36;1mlamp_save\x1b[m(QEMUFile *f, void *opaque)\n" in rich
    assert "      |             \x1b[36;1m^~~~~~~~~\x1b[m\n" in rich
