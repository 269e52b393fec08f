# SPDX-License-Identifier: GPL-2.0-or-later
"""Handlers to tables: a small tree of its own is converted, and both texts are run side by side."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Ran, Tree
from wrong_tables import WRONG_TABLES

from rewrite.tables.codes import CODES

SMALL = Path(__file__).parent / "vmstate"
PAGE = Path(__file__).parent.parent / "docs" / "to-vmstate.md"
GOLDEN = Path(__file__).parent / "golden" / "to_vmstate.diff"
COMPILE = ("gcc", "-std=gnu99", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror", "-I.")
REPAIR = "if the new output is right, record it: pytest --update-golden"

Rewrite = Callable[..., Ran]
Spawn = Callable[..., Ran]


@pytest.fixture
def small(tmp_path: Path) -> Tree:
    """A copy of the small tree that a test may change."""
    root = tmp_path / "small"
    shutil.copytree(SMALL, root)
    return Tree(root)


def behaviour(root: Path) -> str:
    """What the devices of a tree do: each saved and loaded at random, all that can be seen of it."""
    sources = sorted(p for p in (root / "hw").glob("*.c") if p.name != "refused.c")
    subprocess.run([*COMPILE, "-o", "run", "savevm.c", *sources], cwd=root, check=True)
    ran = subprocess.run([root / "run", "40"], capture_output=True, text=True, check=True)
    return ran.stdout


def edit(root: Path, name: str, old: str, new: str) -> None:
    path = root / name
    text = path.read_text()
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new))


def test_the_small_tree_becomes_what_was_recorded(spawn: Spawn, update_golden: bool) -> None:
    ran = spawn("hw", "--to", "vmstate", "--verbose", cwd=SMALL)
    now = ran.err.encode() + ran.out
    if update_golden:
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_bytes(now)
    assert now.decode() == GOLDEN.read_text(), REPAIR
    assert ran.status == 0


@pytest.mark.needs("gcc")
def test_tables_do_what_the_functions_did(rewrite: Rewrite, small: Tree) -> None:
    before = behaviour(small.root)
    assert rewrite(small.root, "--to", "vmstate", "--apply").status == 0
    assert "register_savevm(" not in (small.root / "hw" / "tide.c").read_text()
    after = behaviour(small.root)
    assert before.count("is done") > 500
    assert before.count("fails") > 200
    assert after == before


@pytest.mark.needs("gcc")
@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        *WRONG_TABLES,
        ("hw/rain.c", "vmstate_register(NULL, 1,", "vmstate_register(NULL, 4,"),
    ],
)
def test_the_run_sees_a_wrong_table(
    rewrite: Rewrite, small: Tree, name: str, old: str, new: str
) -> None:
    before = behaviour(small.root)
    rewrite(small.root, "--to", "vmstate", "--apply")
    edit(small.root, name, old, new)
    command = [*COMPILE, "-Wno-error=unused-function", "-o", "run", "savevm.c"]
    sources = sorted(p for p in (small.root / "hw").glob("*.c") if p.name != "refused.c")
    subprocess.run([*command, *sources], cwd=small.root, check=True, capture_output=True)
    ran = subprocess.run([small.root / "run", "40"], capture_output=True, text=True, check=True)
    assert ran.stdout != before


def test_what_stays_says_why_at_its_place(rewrite: Rewrite, small: Tree) -> None:
    lines = (small.root / "hw" / "refused.c").read_text().splitlines()
    wants = {
        (number, want[1])
        for number, line in enumerate(lines, 1)
        if (want := re.search(r"/\* want: ([\w-]+)", line))
    }
    ran = rewrite(small.root / "hw" / "refused.c", "--to", "vmstate")
    told = set(re.findall(r"refused\.c:(\d+):\d+: warning: .* \[([\w-]+)\]", ran.err))
    assert {(int(line), code) for line, code in told} == wants
    assert ran.out == b""
    assert len(wants) == 18


def test_a_second_run_changes_nothing(rewrite: Rewrite, small: Tree) -> None:
    assert rewrite(small.root, "--to", "vmstate", "--check").status == 1
    rewrite(small.root, "--to", "vmstate", "--apply")
    done = small.bytes()
    again = rewrite(small.root, "--to", "vmstate", "--apply")
    assert "28 pairs" not in again.err
    assert (again.status, again.out, small.bytes()) == (0, b"", done)
    assert rewrite(small.root, "--to", "vmstate", "--check").status == 0


def test_the_diff_is_what_apply_writes(rewrite: Rewrite, small: Tree) -> None:
    diff = rewrite(small.root, "--to", "vmstate").out
    patched = small.root.parent / "patched"
    shutil.copytree(small.root, patched)
    subprocess.run(["git", "apply"], cwd=patched, input=diff, check=True)
    rewrite(small.root, "--to", "vmstate", "--apply")
    assert Tree(patched).bytes() == small.bytes()


def test_figures(rewrite: Rewrite, small: Tree) -> None:
    figures = json.loads(rewrite(small.root, "--to", "vmstate", "--stats", "-").out)
    assert figures["pairs"] == figures["converted"] + figures["refused"] == 28
    assert figures["refused"] == sum(figures["by_code"].values()) == 18
    tide = next(p for p in figures["pair_list"] if p["section"] == "tide")
    assert (tide["table"], tide["fields"], tide["versions"]) == ("vmstate_tide", 11, [1, 2])


def test_a_tree_without_tables_is_an_error(rewrite: Rewrite, tree: Tree) -> None:
    tree.write({"hw/a.c": "void a_save(QEMUFile *f, void *opaque) { qemu_put_byte(f, 1); }\n"})
    ran = rewrite(tree.root, "--to", "vmstate")
    assert ran.status == 2
    assert "error: this tree has no VMState" in ran.err


def test_a_macro_that_the_tree_lacks_is_never_written(rewrite: Rewrite, small: Tree) -> None:
    edit(small.root, "hw/hw.h", "#define VMSTATE_UNUSED(_size) VMSTATE_UNUSED_V(0, _size)\n", "")
    ran = rewrite(small.root / "hw" / "rain.c", "--to", "vmstate")
    assert ran.out == b""
    assert "this tree has no VMSTATE_UNUSED(_) [table-no-macro]" in ran.err


def test_a_macro_that_does_something_else_fails_the_proof(rewrite: Rewrite, small: Tree) -> None:
    edit(
        small.root, "hw/hw.h",
        "VMSTATE_SINGLE(_f, _s, _v, vmstate_info_uint16, uint16_t)",
        "VMSTATE_SINGLE(_f, _s, _v, vmstate_info_uint32, uint16_t)",
    )  # fmt: skip
    ran = rewrite(small.root / "hw" / "tide.c", "--to", "vmstate")
    assert (ran.status, ran.out) == (3, b"")
    assert "[table-proof]" in ran.err


def test_a_code_is_explained(rewrite: Rewrite) -> None:
    ran = rewrite("explain", "table-bit-field")
    assert ran.out.startswith(b"table-bit-field: a bit-field has no address")
    assert b"What would be needed: " in ran.out


def test_the_page_lists_every_code(update_golden: bool) -> None:
    text = PAGE.read_text()
    rows = [f"| `{code}` | {reason.summary} | {reason.needed} |" for code, reason in CODES.items()]
    head = ["| code | means | what would be needed |", "|---|---|---|"]
    said = "\n".join(["", *head, *rows, "", ""])
    start = text.index("<!-- table codes -->\n") + len("<!-- table codes -->\n")
    end = text.index("<!-- end -->", start)
    if update_golden:
        PAGE.write_text(text[:start] + said + text[end:])
    else:
        assert text[start:end] == said, "record it with --update-golden"


@pytest.mark.parametrize("name", ["kelp.c", "mill.c", "tide.c"])
def test_damaged_text_is_no_traceback(rewrite: Rewrite, small: Tree, name: str) -> None:
    path = small.root / "hw" / name
    text = path.read_text()
    for at in range(200, len(text), 466):
        for damaged in (text[:at], text[:at] + text[at + 9 :], f"{text[:at]}({text[at:]}"):
            path.write_text(damaged)
            ran = rewrite(path, "--to", "vmstate")
            assert ran.status in (0, 2)
            assert "table-proof" not in ran.err


GIT = ("git", "-c", "user.name=A Person", "-c", "user.email=a@example.org")


def test_the_series_makes_what_apply_writes(rewrite: Rewrite, small: Tree) -> None:
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "start")):
        subprocess.run([*GIT, *command], cwd=small.root, check=True)
    for name, value in (("user.name", "A Person"), ("user.email", "a@example.org")):
        subprocess.run(["git", "config", name, value], cwd=small.root, check=True)
    folder = small.root.parent / "out"
    ran = rewrite(small.root, "--patches", folder, "--to", "vmstate", "--to", "qemu@example.org")
    assert ran.status == 0
    mails = sorted(folder.glob("*.patch"))
    assert [m.name[5:] for m in mails][:1] == ["hw-kelp-convert-to-VMState.patch"]
    text = mails[-1].read_text()
    assert "To: qemu@example.org\n" in text
    assert 'functions of section "tide" do with' in text
    subprocess.run([*GIT, "am", "-q", *mails], cwd=small.root, check=True)
    sent = {n: d for n, d in small.bytes().items() if not n.startswith(".git/")}
    subprocess.run(["git", "checkout", "-q", f"HEAD~{len(mails)}"], cwd=small.root, check=True)
    rewrite(small.root, "--to", "vmstate", "--apply")
    assert {n: d for n, d in small.bytes().items() if not n.startswith(".git/")} == sent


def test_a_series_of_tables_takes_no_option_of_visitors(rewrite: Rewrite, small: Tree) -> None:
    ran = rewrite(
        small.root, "--patches", small.root / "out", "--to", "vmstate", "--by", "directory"
    )
    assert ran.status == 2
    assert "--by: not with --to vmstate" in ran.err


def test_a_primitive_that_a_macro_hides_is_none(rewrite: Rewrite, small: Tree) -> None:
    hiding = '#include "hw/hw.h"\n#define qemu_put_be32(f, v) qemu_put_be32(f, (v) + 1)\n'
    edit(small.root, "hw/tide.c", '#include "hw/hw.h"\n', hiding)
    ran = rewrite(small.root / "hw" / "tide.c", "--to", "vmstate")
    assert (ran.status, ran.out) == (0, b"")
    assert "qemu_put_be32 is a macro here [table-unread]" in ran.err
