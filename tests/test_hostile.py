# SPDX-License-Identifier: GPL-2.0-or-later
"""Trees that mean harm: nothing hangs, nothing runs, nothing outside is touched, no terminal obeys."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Ran

from rewrite.printable import one_line, printable

OK, FINDINGS, USAGE = 0, 1, 2
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
LAMP = """\
void lamp_save(QEMUFile *f, void *opaque)
{
    uint8_t *lamp = opaque;

    qemu_put_8s(f, lamp);
}
"""

Rewrite = Callable[..., Any]


@pytest.fixture
def lamp(tree: Any) -> Any:
    """A tree with one good file, which each test puts something bad beside."""
    return tree.write({"hw/lamp.c": LAMP})


def works(rewrite: Rewrite, tree: Any) -> str:
    """Each command does its work on the good file and says what it passes over, for a terminal."""
    said = ""
    for command, status in ((("lint",), FINDINGS), ((), OK), (("--apply",), OK)):
        ran = rewrite(
            *command[:1], tree.root, *(() if command == ("lint",) else ("--dialect", "5.1"))
        )
        assert ran.status == status, ran.err
        assert not CONTROL.search(ran.err)
        if command == ("lint",):
            assert not CONTROL.search(ran.out.decode())
        said += ran.err
    assert b"visit_type_uint8" in (tree.root / "hw/lamp.c").read_bytes()
    return said


# -- what is no file -----------------------------------------------------------------------------


def test_links_in_a_circle(rewrite: Rewrite, lamp: Any) -> None:
    (lamp.root / "hw/a.c").symlink_to("b.c")
    (lamp.root / "hw/b.c").symlink_to("a.c")
    (lamp.root / "hw/self.c").symlink_to("self.c")
    (lamp.root / "hw/up").symlink_to("..")
    (lamp.root / "include").symlink_to(".")
    assert "hw/self.c: warning: symbolic link not followed" in works(rewrite, lamp)


def test_a_path_that_is_a_circle(rewrite: Rewrite, lamp: Any) -> None:
    (lamp.root / "hw/self.c").symlink_to("self.c")
    for command in ((), ("lint",)):
        ran = rewrite(*command, lamp.root / "hw/self.c")
        assert ran.status == USAGE
        assert "self.c: error: " in ran.err


def test_devices_and_pipes(rewrite: Rewrite, lamp: Any) -> None:
    """As files to convert, and as headers: neither is waited for."""
    (lamp.root / "include").mkdir()
    for name in ("hw/pipe.c", "include/pipe.h", ".rewrite.toml/pipe"):
        (lamp.root / ".rewrite.toml").unlink(missing_ok=True)
        (lamp.root / name).parent.mkdir(exist_ok=True)
        os.mkfifo(lamp.root / name)
    lamp.write({"hw/lamp.c": f'#include "pipe.h"\n#include "/dev/zero"\n{LAMP}'})
    assert "hw/pipe.c: warning: cannot read: not a regular file" in works(rewrite, lamp)


def test_what_the_command_leaves_in_a_tree_is_a_pipe(rewrite: Rewrite, lamp: Any) -> None:
    """The journal and the lock: both are looked at before anything is written."""
    for name in (".rewrite-journal", ".rewrite-lock"):
        os.mkfifo(lamp.root / name)
        before = lamp.bytes()
        ran = rewrite(lamp.root, "--apply", "--dialect", "5.1")
        assert ran.status in (OK, USAGE)
        assert ran.status == OK or lamp.bytes() == before
        (lamp.root / name).unlink(missing_ok=True)
        lamp.write(before)


# -- names ---------------------------------------------------------------------------------------

RED = "hw/\x1b[31mred\x1b]0;title\x07.c"
NAMES = (
    RED,
    "hw/new\nline: error: x.c",
    "hw/b\udcff\udc80.c",
    "hw/\u202egnp.c",
    "hw/-x.c",
    "hw/a\rb.c",
)


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_names_that_a_terminal_would_obey(rewrite: Rewrite, lamp: Any, name: str) -> None:
    get = LAMP.replace("lamp_", "mixed_").replace("    q", "    qemu_get_8s(f, lamp);\n    q")
    lamp.write({name: get + "/* rewrite-lint: allow(nothing) x */\n"})
    said = works(rewrite, lamp)
    assert one_line(name) in said
    assert "mixed-direction" in said
    explained = rewrite("explain", f"{lamp.root / name}:5")
    assert explained.status == OK
    assert not CONTROL.search(explained.out.decode())
    gone = rewrite(lamp.root / (name + ".gone"))
    assert gone.status == USAGE
    assert len(gone.err.splitlines()) == 1
    assert not CONTROL.search(gone.err)


def test_text_that_a_terminal_would_obey(rewrite: Rewrite, lamp: Any) -> None:
    lamp.write({"hw/esc.c": "void e_save(QEMUFile *f)\n{\n    qemu_put_byte(f, '\x1b[2J');\n}\n"})
    works(rewrite, lamp)


def test_what_is_printable() -> None:
    assert printable("a\n\tb\u00e4") == "a\n\tb\u00e4"
    assert printable("\x1b[0m\r\x9b\udcff\u202e") == "\\x1b[0m\\x0d\\x9b\\xff\\u202e"
    assert printable("\u200e\u200f\u061c\u200b\ufeff") == "\\u200e\\u200f\\u061c\\u200b\\ufeff"
    assert one_line("a\nb") == "a\\nb"


@pytest.mark.parametrize(
    "name", ["::stop-commands::x", "::error::x.c", "##[group]x.c", " ::debug::.c"]
)
def test_no_name_begins_a_command(name: str, lamp: Any, spawn: Callable[..., Ran]) -> None:
    """Of those that run jobs, who read both streams of a command line by line."""
    get = LAMP.replace("lamp_", "mixed_").replace("    q", "    keep(qemu_get_8s);\n    q")
    (lamp.root / name).write_text(get)
    for words in (
        (name, "--dialect", "5.1"),
        ("lint", name),
        (name + ".gone",),
        ("lint", "gone", name),
    ):
        ran = spawn(*words, cwd=lamp.root)
        assert ran.status in (OK, FINDINGS, USAGE), ran.err
        for line in (ran.err + ran.out.decode()).splitlines():
            assert not line.lstrip().startswith(("::", "##")), line
    github = spawn("lint", name, "--format", "github", cwd=lamp.root)
    told = [line for line in github.out.decode().splitlines() if line.startswith("::")]
    assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in told)


# -- size ----------------------------------------------------------------------------------------


def test_a_file_of_100_megabytes(spawn: Rewrite, lamp: Any) -> None:
    """Without a site it is only read; it is of holes, so it takes no room."""
    with (lamp.root / "hw/large.c").open("wb") as file:
        file.write(b"int large;\n")
        file.truncate(100 << 20)
    ran = spawn(".", "--dialect", "5.1", cwd=lamp.root)
    assert ran.status == OK
    assert b"visit_type_uint8" in ran.out
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert used < 700 << 10, "KiB"


DEEP = 10_000
NESTED = {
    "parentheses": "    qemu_put_byte(f, " + "(" * DEEP + "1" + ")" * DEEP + ");\n",
    "braces": "{" * DEEP + "    qemu_put_byte(f, 1);\n" + "}" * DEEP,
    "brackets": "    qemu_put_byte(f, a" + "[a" * DEEP + "]" * DEEP + ");\n",
    "conditionals": "#if X\n" * DEEP + "    qemu_put_byte(f, 1);\n" + "#endif\n" * DEEP,
    "not closed": "#if X\n(" * DEEP + "    qemu_put_byte(f, 1);\n",
    "operators": "    qemu_put_byte(f, " + "-" * DEEP + "1" + " + 1" * DEEP + ");\n",
    "else": "    " + "if (x) ; else " * DEEP + "qemu_put_byte(f, 1);\n",
    "members": "    qemu_put_byte(f, a" + "->b" * DEEP + ");\n",
}


@pytest.mark.parametrize("what", NESTED)
def test_nested_10000_deep(what: str, lamp: Any) -> None:
    """In a process of its own, which a blown stack would end; all commands, within a time."""
    lamp.write({"hw/deep.c": f"void d_save(QEMUFile *f, struct A *a)\n{{\n{NESTED[what]}}}\n"})
    root = Path(__file__).parent.parent
    for command in (("lint", "."), (".", "--dialect", "5.1")):
        ran = subprocess.run(
            [sys.executable, "-m", "rewrite", *command],
            cwd=lamp.root,
            env={**os.environ, "PYTHONPATH": str(root)},
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert ran.returncode in (OK, FINDINGS), ran.stderr[-500:]
        assert b"Traceback" not in ran.stderr
    assert b"visit_type_uint8" in ran.stdout


def test_a_header_nested_10000_deep(spawn: Rewrite, lamp: Any) -> None:
    """What a type is looked up in; an include of itself is no matter."""
    deep = "struct S { " * DEEP + "int x; " + "} s; " * DEEP
    lamp.write(
        {
            "include/deep.h": f'#include "deep.h"\n{deep}\n' + "typedef T T;\n#define A A\n",
            "hw/deep.c": '#include "deep.h"\nvoid d_save(QEMUFile *f, T *a)\n{\n    S *s = a;\n\n'
            "    qemu_put_byte(f, s->x);\n    qemu_put_byte(f, a->x);\n    qemu_put_be32(f, A);\n}\n",
        }
    )
    ran = spawn(".", "--dialect", "5.1", cwd=lamp.root)
    assert (ran.status, "Traceback" in ran.err) == (OK, False), ran.err[-500:]
    assert b"visit_type_uint8" in ran.out


# -- rule files ----------------------------------------------------------------------------------

RULES = {
    "code": "__import__('os').system('touch pwned')",
    "an argument": "cast_macro(open('pwned', 'w').name, type_argument=1)",
    "a decorator": "@open('pwned', 'w')\ndef f(): pass",
    "a default": "lambda x=open('pwned', 'w'): x",
    "a format": 'cast_macro(f\'{open("pwned", "w")}\', type_argument=1)',
    "an import": "import pwned",
    "a large number": "cast_macro('A', type_argument=" + "9" * 4_000 + ")",
    "a larger number": "cast_macro('A', type_argument=" + "9" * 5000 + ")",
    "a power": "cast_macro('A', type_argument=9 ** 9 ** 9)",
    "a long name": "cast_macro('" + "A" * 1_000_000 + "!', type_argument=1)",
    "a NUL": "cast_macro('A\0', type_argument=1)",
    "a surrogate": "cast_macro('\\ud800', type_argument=1)",
    "an escape": "cast_macro('\x1b[31m', type_argument=1)",
}


@pytest.mark.parametrize("what", RULES)
def test_rule_files_that_mean_harm(
    what: str, rewrite: Rewrite, lamp: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are refused by every command that reads one; nothing in them runs."""
    folder = tmp_path / "rules"
    folder.mkdir()
    file = folder / "ours.py"
    file.write_text(f"schema(1)\n{RULES[what]}\n")
    (folder / "pwned.py").write_text("schema(1)\n")
    monkeypatch.chdir(folder)
    before = file.read_bytes()
    for command in (
        (lamp.root, "--rules", folder),
        ("lint", lamp.root, "--rules", folder),
        ("rules", "check", folder),
        ("rules", "fmt", file),
        ("rules", "add", file, "cast_macro('OTHER', type_argument=1)"),
    ):
        ran = rewrite(*command)
        assert ran.status == USAGE, ran.err[:300]
        assert re.match(rf"{re.escape(str(file))}:\d+:\d+: error: ", ran.err), ran.err[:300]
        assert not CONTROL.search(ran.err)
        assert len(ran.err) < 3000, "the message quotes all of it"
    assert file.read_bytes() == before
    assert not (folder / "pwned").exists()
