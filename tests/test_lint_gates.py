# SPDX-License-Identifier: GPL-2.0-or-later
"""The lint as a gate: what it could not look at never passes, and what it recorded stays true."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import REPOSITORY, Ran, Tree

OK, FINDINGS, USAGE = 0, 1, 2
Lint = Callable[..., Ran]

LAMP = """\
void lamp_save(QEMUFile *f, void *opaque)
{
    qemu_put_be32(f, 1);
    qemu_put_be16(f, 2);
}
"""
BELL = LAMP.replace("lamp", "bell")
MORE = "    qemu_put_byte(f, 3);\n}\n"
ALLOW = "/* rewrite-lint: allow(new-primitive) firmware reads it */"


@pytest.fixture
def lint(spawn: Lint, tree: Tree) -> Lint:
    """lint(options...): in a tree of two handlers; findings as lines of text."""
    tree.write({"hw/lamp.c": LAMP, "hw/bell.c": BELL})

    def run(*options: object, cwd: Path = tree.root, **environment: str) -> Ran:
        return spawn("lint", "--dialect", "5.1", *options, cwd=cwd, **environment)

    return run


def lines(ran: Ran) -> list[str]:
    """The place and text of each new primitive."""
    return re.findall(r"^(\S+:\d+):\d+: error: .*\[new-primitive\]$", ran.out.decode(), re.M)


# -- patches ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [LAMP, "", "\n", "From: a@example.org\nSubject: [PATCH 0/1] cover\n\n hw/lamp.c | 2 +-\n"],
    ids=("C", "empty", "blank", "cover letter"),
)
def test_a_file_that_is_no_patch(text: str, tree: Tree, lint: Lint) -> None:
    """It may be an error page, or the name of a source file."""
    tree.write({"x": text})
    ran = lint("--patch", "x")
    assert (ran.status, ran.out) == (USAGE, b"")
    assert ran.err == "x: error: no patch, and none in it\n"


@pytest.mark.parametrize(
    "text",
    [
        "diff --git a/a b/b\nsimilarity index 100%\nrename from a\nrename to b\n",
        "--- a/hw/x.c\n+++ b/hw/x.c\n@@ -1 +1 @@\n-int a;\n+int b;\n",
        "From 1 Mon Sep 17 00:00:00 2001\nSubject: x\n\ndiff --git a/a b/a\nold mode 100644\n",
    ],
    ids=("rename", "plain", "mail of a mode"),
)
def test_a_patch_without_a_finding(text: str, tree: Tree, lint: Lint) -> None:
    tree.write({"x": text})
    assert lint("--patch", "x").status == OK


@pytest.mark.parametrize(
    ("given", "status", "told"),
    [
        (b"", OK, "nothing to lint: no patch came"),
        (b"404", USAGE, "standard input: error: no patch"),
    ],
)
def test_what_comes_from_standard_input(given: bytes, status: int, told: str) -> None:
    """Nothing is what a diff of nothing gives."""
    ran = subprocess.run(
        [sys.executable, "-m", "rewrite", "lint", "--patch", "-"],
        input=given, capture_output=True, check=False, cwd=REPOSITORY,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout) == (status, b"")
    assert ran.stderr.decode().startswith(told)


# -- files that cannot be read ---------------------------------------------------------------------


@pytest.mark.parametrize("command", [("lint",), (), ("--check",)])
def test_an_unreadable_file_given_by_name(
    command: tuple[str, ...], tree: Tree, lint: Lint, spawn: Lint
) -> None:
    assert lint().status == FINDINGS
    os.mkfifo(tree.root / "hw/pipe.c")
    tree.write({"hw/nul.c": b"qemu_put_be32(f, 1);\0"})
    for name, why in (("pipe", "cannot read: not a regular file"), ("nul", "a NUL byte: not C")):
        ran = spawn(*command, "hw/bell.c", f"hw/{name}.c", "--dialect", "5.1", cwd=tree.root)
        assert (ran.status, ran.out) == (USAGE, b"")
        assert ran.err.startswith(f"hw/{name}.c: error: {why}")
    ran = spawn(*command, "hw", "--dialect", "5.1", cwd=tree.root)
    assert ran.status == (OK if command == () else FINDINGS)
    assert "hw/pipe.c: warning: cannot read: not a regular file" in ran.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_given_by_name(tree: Tree, lint: Lint) -> None:
    (tree.root / "hw/lamp.c").chmod(0)
    ran = lint("hw/lamp.c")
    assert (ran.status, ran.err) == (USAGE, "hw/lamp.c: error: cannot read: Permission denied\n")


# -- baselines -------------------------------------------------------------------------------------


def records(tree: Tree) -> list[tuple[str, str]]:
    found = json.loads((tree.root / "base.json").read_text())["findings"]
    return [(record["path"], record["text"]) for record in found]


def test_a_baseline_is_brought_up_to_date(tree: Tree, lint: Lint) -> None:
    assert lint("--write-baseline", "base.json").err == "4 findings recorded in base.json\n"
    first = records(tree)
    ran = lint("--baseline", "base.json", "--write-baseline", "base.json")
    assert (ran.status, records(tree)) == (OK, first)
    tree.write({"hw/lamp.c": LAMP.replace("be16(f, 2);\n}\n", "be32(f, 1);\n" + MORE)})
    ran = lint("--baseline", "base.json", "--write-baseline", "base.json")
    assert ran.err == "5 findings recorded in base.json, 1 stale removed\n"
    assert lint("--baseline", "base.json").status == OK
    assert ("hw/lamp.c", "qemu_put_byte(f, 3);") in records(tree)
    assert ("hw/lamp.c", "qemu_put_be16(f, 2);") not in records(tree)


def test_what_other_files_hold_stays_in_a_baseline(tree: Tree, lint: Lint) -> None:
    lint("--write-baseline", "base.json")
    tree.write({"hw/lamp.c": "int a;\n"})
    ran = lint("hw/lamp.c", "--baseline", "base.json", "--write-baseline", "base.json")
    assert ran.err == "2 findings recorded in base.json, 2 stale removed\n"
    assert {path for path, _ in records(tree)} == {"hw/bell.c"}


def test_stale_entries_are_told(tree: Tree, lint: Lint) -> None:
    """Those of files that were looked at; a change shows nothing of what else is gone."""
    lint("--write-baseline", "base.json")
    assert lint("--baseline", "base.json").err == ""
    tree.write({"hw/lamp.c": LAMP.replace("    qemu_put_be16(f, 2);\n", "")})
    (tree.root / "hw/bell.c").rename(tree.root / "hw/gong.c")
    ran = lint("--baseline", "base.json")
    assert (ran.status, ran.err) == (
        OK,
        "base.json: note: stale, --write-baseline removes it: "
        "hw/lamp.c: qemu_put_be16(f, 2); [new-primitive]\n",
    )
    assert lint("hw/gong.c", "--baseline", "base.json").err == ""


@pytest.mark.parametrize("what", ["--patch=x", "--since=HEAD", "--pre-commit"])
def test_a_change_brings_no_baseline_up_to_date(what: str, tree: Tree, lint: Lint) -> None:
    lint("--write-baseline", "base.json")
    before = records(tree)
    ran = lint("--baseline", "base.json", "--write-baseline", "base.json", what)
    assert (ran.status, records(tree)) == (USAGE, before)
    assert "not by those of a change" in ran.err


def test_a_baseline_is_written_whole(tree: Tree, lint: Lint) -> None:
    """Through a link, with its mode, and not at all where the disk is full."""
    base = tree.write({"ci/base.json": "old"}).root / "ci/base.json"
    base.chmod(0o640)
    (tree.root / "base.json").symlink_to("ci/base.json")
    assert lint("--write-baseline", "base.json").status == OK
    assert (len(records(tree)), base.stat().st_mode & 0o777) == (4, 0o640)
    assert (tree.root / "base.json").is_symlink()
    before = base.read_bytes()
    tree.write({"hw/lamp.c": LAMP.replace("}\n", MORE)})
    ran = subprocess.run(
        ["bash", "-c", f"ulimit -f 0; exec {sys.executable} -m rewrite lint --no-cache --dialect 5.1"
         " --write-baseline base.json 2>&1"],
        cwd=tree.root, capture_output=True, check=False, env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    assert ran.returncode != OK
    assert base.read_bytes() == before
    assert sorted(p.name for p in base.parent.iterdir()) == ["base.json"]


# -- suppression -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "left"),
    [
        ("qemu_put_be32(f, 1);", f"qemu_put_be32(f, 1); {ALLOW}", [4]),
        ("qemu_put_be32(f, 1);", f"{ALLOW} qemu_put_be32(f, 1);", [4]),
        ("qemu_put_be32(f, 1);", f"qemu_put_be32(f, 1); {ALLOW.replace('/*', '//')}", [4]),
        ("qemu_put_be32(f, 1);", f"qemu_put_be32(f,\n 1); {ALLOW}", [5]),
        ("qemu_put_be32(f, 1);", f"{ALLOW}\n    qemu_put_be32(f, 1);", [5]),
        ("{\n", f"{{ {ALLOW}\n", [3, 4]),
    ],
    ids=("end", "start", "line comment", "last of two", "above", "beside a brace"),
)
def test_a_comment_beside_code_is_for_its_line_only(
    before: str, after: str, left: list[int], tree: Tree, lint: Lint
) -> None:
    tree.write({"hw/lamp.c": LAMP.replace(before, after)})
    ran = lint("hw/lamp.c")
    assert lines(ran) == [f"hw/lamp.c:{number}" for number in left]


# -- pre-commit ------------------------------------------------------------------------------------


def git(root: Path, *arguments: str) -> str:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    ran = subprocess.run(
        ["git", *who, *arguments], cwd=root, check=True, capture_output=True, text=True,
        env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull},
    )  # fmt: skip
    return ran.stdout.strip()


@pytest.fixture
def hook(tree: Tree, lint: Lint, spawn: Lint) -> Lint:
    """hook(files..., variables=...): what the hook does with these files, in a repository."""
    text = (REPOSITORY / ".pre-commit-hooks.yaml").read_text()
    entry = re.search(r"^  entry: rewrite (.*)$", text, re.M)
    assert entry is not None
    git(tree.root, "init", "-q", "-b", "main")
    git(tree.root, "add", ".")
    git(tree.root, "commit", "-q", "-m", "handlers")

    def run(*files: str, **variables: str) -> Ran:
        return spawn(*entry[1].split(), "--dialect", "5.1", *files, cwd=tree.root, **variables)

    return run


def test_a_commit_is_held_to_what_it_adds(tree: Tree, hook: Lint) -> None:
    tree.write({"hw/lamp.c": LAMP.replace("}\n", MORE), "hw/new.c": "int a;\n"})
    git(tree.root, "add", ".")
    ran = hook("hw/lamp.c", "hw/new.c")
    assert (ran.status, lines(ran)) == (FINDINGS, ["hw/lamp.c:5"])
    tree.write({"hw/lamp.c": "\n" + LAMP})
    git(tree.root, "add", ".")
    assert hook("hw/lamp.c", "hw/new.c").status == OK


def test_all_files_are_linted_whole(tree: Tree, hook: Lint) -> None:
    """In continuous integration nothing differs from HEAD: what is there must not pass for that."""
    ran = hook("hw/bell.c", "hw/lamp.c")
    assert (ran.status, len(lines(ran))) == (FINDINGS, 4)
    tree.write({"hw/bell.c": "int a;\n", "hw/lamp.c": LAMP.replace("}\n", MORE)})
    assert lines(hook("hw/bell.c")) == []
    git(tree.root, "commit", "-q", "-a", "-m", "no bell")
    assert len(lines(hook("hw/bell.c", "hw/lamp.c"))) == 3


def test_revisions_are_those_of_the_run(tree: Tree, hook: Lint) -> None:
    """From where the two parted: what the other branch removed since then is not new in this one."""
    start = git(tree.root, "rev-parse", "HEAD")
    tree.write({"hw/lamp.c": LAMP.replace("}\n", MORE)})
    git(tree.root, "commit", "-q", "-a", "-m", "more")
    ours = git(tree.root, "rev-parse", "HEAD")
    variables = {"PRE_COMMIT_FROM_REF": start, "PRE_COMMIT_TO_REF": ours}
    assert lines(hook("hw/lamp.c", **variables)) == ["hw/lamp.c:5"]
    assert lines(hook("hw/lamp.c", PRE_COMMIT_FROM_REF=ours, PRE_COMMIT_TO_REF=ours)) == []
    git(tree.root, "checkout", "-q", "-b", "theirs", start)
    tree.write({"hw/lamp.c": LAMP.replace("    qemu_put_be32(f, 1);\n", "")})
    git(tree.root, "commit", "-q", "-a", "-m", "less")
    variables["PRE_COMMIT_FROM_REF"] = git(tree.root, "rev-parse", "HEAD")
    git(tree.root, "checkout", "-q", "main")
    assert lines(hook("hw/lamp.c", **variables)) == ["hw/lamp.c:5"]


def test_revisions_without_a_common_ancestor(tree: Tree, hook: Lint) -> None:
    git(tree.root, "checkout", "-q", "--orphan", "other")
    git(tree.root, "commit", "-q", "-m", "other")
    ran = hook("hw/lamp.c", PRE_COMMIT_FROM_REF="main", PRE_COMMIT_TO_REF="other")
    assert (ran.status, ran.out) == (USAGE, b"")
    assert ran.err.startswith("main...other: error: no common ancestor here")


def test_a_shallow_clone_is_named(tree: Tree, hook: Lint, spawn: Lint, tmp_path: Path) -> None:
    """The revision and the cause, in every command that reads one: a CI job's clone is shallow."""
    assert hook().status in (0, FINDINGS)
    git(tree.root, "commit", "-q", "--allow-empty", "-m", "another")
    first = git(tree.root, "rev-parse", "HEAD~1")
    clone = tmp_path / "clone"
    git(tree.root, "clone", "-q", "--depth", "1", tree.root.as_uri(), str(clone))
    cure = "no such commit; this clone is shallow: fetch the history"
    for words in (["lint", "--since", first], ["lint", "--since", f"{first}..HEAD"],
                  ["schema", "diff", first, "HEAD"]):  # fmt: skip
        ran = spawn(*words, cwd=clone)
        assert (ran.status, ran.out) == (USAGE, b"")
        assert ran.err.startswith(f"{first}: error: {cure}"), ran.err
    for words in (["series", "hw", "-o", "out", "--base", first],
                  ["verify", "hw", "--cc", "gcc -c {file}", "--base", first]):  # fmt: skip
        ran = spawn(*words, "--dialect", "5.1", cwd=clone)
        assert ran.status == USAGE
        assert f"--base: error: no such commit: {first}; this clone is shallow" in ran.err
    assert (
        spawn("lint", "--since", "nowhere", cwd=tree.root).err == "nowhere: error: no such commit\n"
    )


def test_the_first_commit_and_a_merge(tree: Tree, hook: Lint) -> None:
    git(tree.root, "checkout", "-q", "-b", "side")
    tree.write(
        {"hw/bell.c": BELL.replace("f, 1", "f, 9"), "hw/lamp.c": LAMP.replace("f, 1", "f, 9")}
    )
    git(tree.root, "commit", "-q", "-a", "-m", "nine")
    git(tree.root, "checkout", "-q", "main")
    tree.write({"hw/bell.c": BELL.replace("f, 1", "f, 8")})
    git(tree.root, "commit", "-q", "-a", "-m", "eight")
    with pytest.raises(subprocess.CalledProcessError):
        git(tree.root, "merge", "side")
    tree.write({"hw/bell.c": BELL.replace("f, 1", "f, 8")})
    git(tree.root, "add", ".")
    ran = hook("hw/bell.c", "hw/lamp.c")
    assert lines(ran) == ["hw/lamp.c:3"], "as HEAD has it in the one, new in the other"
    git(tree.root, "merge", "--abort")
    git(tree.root, "checkout", "-q", "--orphan", "first")
    git(tree.root, "update-ref", "-d", "refs/heads/first")
    assert len(lines(hook("hw/bell.c"))) == 2


def test_a_changed_file_that_cannot_be_read(tree: Tree, hook: Lint) -> None:
    (tree.root / "hw/lamp.c").unlink()
    ran = hook("hw/bell.c", "--since", "HEAD")
    assert ran.status == USAGE, "the hook is not asked for revisions as well"
    os.mkfifo(tree.root / "hw/lamp.c")
    ran = hook("hw/lamp.c")
    assert (ran.status, ran.out) == (USAGE, b"")
    assert ran.err.endswith("hw/lamp.c: error: cannot read: not a regular file\n")
