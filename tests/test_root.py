# SPDX-License-Identifier: GPL-2.0-or-later
"""A tree's root and era are proved by the tree, or named: nothing is converted on a guess."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import MARKS, Ran, Tree

Rewrite = Callable[..., Ran]

LAMP = """\
void lamp_save(QEMUFile *f, void *opaque)
{
    uint8_t *lamp = opaque;

    qemu_put_8s(f, lamp);
}
"""
VISITOR = "bool visit_type_uint32(Visitor *v, const char *name, uint32_t *obj, Error **errp);\n"
COMMANDS = (
    (),
    ("--apply",),
    ("--check",),
    ("--stats", "-"),
    ("--patches", "out"),
    ("report", "-o", "page.html"),
    ("lint",),
    ("verify", "--cc", "cc -c {file}"),
    ("support",),
    ("dialect",),
)


def tree_at(root: Path) -> Tree:
    """A tree of the era of 5.1, with one handler of its own and one that is plumbing by its path."""
    root.mkdir(parents=True, exist_ok=True)
    return Tree(root).write(
        {
            **MARKS,
            "include/qapi/visitor.h": VISITOR,
            "hw/lamp.c": LAMP,
            "migration/savevm.c": LAMP.replace("lamp_save", "save_section_header"),
        }
    )


def run(rewrite: Rewrite, words: tuple[str, ...], *paths: Path) -> Ran:
    """One command on paths, which stand behind its name."""
    name = [word for word in words[:1] if not word.startswith("-")]
    return rewrite(*name, *paths, *words[len(name) :])


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(p): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture
def one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree in a folder that is none."""
    monkeypatch.chdir(tmp_path)
    return tree_at(tmp_path / "src/one").root


@pytest.mark.parametrize("words", COMMANDS)
def test_from_the_parent_of_a_tree(words: tuple[str, ...], one: Path, rewrite: Rewrite) -> None:
    before = contents(one)
    ran = run(rewrite, words, one.parent)
    assert (ran.status, ran.out) == (2, b"")
    assert ran.err.startswith(f"{one.parent}: error: in no source tree")
    assert ran.err.endswith("there are trees below: one\n")
    assert contents(one.parent.parent) == before


@pytest.mark.parametrize("words", COMMANDS[:8])
def test_two_trees_at_once(words: tuple[str, ...], one: Path, rewrite: Rewrite) -> None:
    other = tree_at(one.parent / "two").root
    before = contents(one.parent)
    ran = run(rewrite, words, one / "hw", other / "hw")
    assert (ran.status, ran.out) == (2, b"")
    assert f"{other / 'hw'}: error: in another tree ({other}) than the paths before" in ran.err
    assert contents(one.parent) == before


@pytest.fixture
def copied(one: Path, tmp_path: Path) -> Path:
    """A file that was copied out of its tree."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return Path(shutil.copy(one / "hw/lamp.c", folder))


@pytest.mark.parametrize("words", COMMANDS)
def test_a_file_that_was_copied_out_of_its_tree(
    words: tuple[str, ...], copied: Path, rewrite: Rewrite
) -> None:
    ran = run(rewrite, words, copied)
    assert (ran.status, ran.out) == (2, b"")
    assert ran.err.startswith(f"{copied}: error: in no source tree")
    assert ran.err.endswith("name the tree with --root, and its era with --dialect\n")
    assert contents(copied.parent) == {str(copied): LAMP.encode()}


def test_explain_a_file_that_was_copied_out_of_its_tree(copied: Path, rewrite: Rewrite) -> None:
    ran = rewrite("explain", f"{copied}:5")
    assert (ran.status, ran.out) == (2, b"")
    assert "name the tree with --root, and its era with --dialect" in ran.err
    ran = rewrite("explain", f"{copied}:5", "--dialect", "2.6")
    assert (ran.status, b"visit_type_uint8 of uint8_t" in ran.out) == (0, True)


@pytest.mark.parametrize(
    ("words", "status"),
    [((), 0), (("--check",), 1), (("report", "-o", "-"), 0), (("lint",), 1), (("--stats", "-"), 0)],
)
def test_a_file_without_a_tree_is_read_in_the_era_that_is_named(
    words: tuple[str, ...], status: int, copied: Path, rewrite: Rewrite
) -> None:
    """And it is said."""
    ran = run(rewrite, words, copied, Path("--dialect"), Path("1.2"))
    assert ran.status == status
    assert ran.err.startswith("elsewhere/lamp.c: warning: in no source tree")
    assert "rewrite support" not in ran.err
    if words == ():
        assert b'+    visit_type_uint8(v, lamp, "lamp", errp);' in ran.out


def test_folders_below_a_file_without_a_tree_are_not_looked_at(
    copied: Path, rewrite: Rewrite
) -> None:
    """They may be a whole disk, and a header in one is of who knows which tree."""
    save = "void save(QEMUFile *f, Dim *s)\n{\n    qemu_put_be32(f, s->level);\n}\n"
    copied.write_text(f'#include "dim.h"\n\n{save}')
    header = "typedef struct Dim { uint32_t level; } Dim;\n"
    Tree(copied.parent).write({"deep/dim.h": header})
    assert b"(uint32_t){ s->level }" in rewrite(copied, "--dialect", "5.1").out
    Tree(copied.parent).write({"dim.h": header})
    assert b"&s->level" in rewrite(copied, "--dialect", "5.1").out


def test_a_series_needs_a_tree(copied: Path, rewrite: Rewrite) -> None:
    ran = rewrite(copied, "--dialect", "5.1", "--patches", copied.parent / "out")
    assert ran.status == 2
    assert ran.err.endswith(f"{copied}: error: a series is of a source tree: name it with --root\n")
    assert not (copied.parent / "out").exists()


def test_what_is_plumbing_by_its_path_stays_so_without_a_tree(
    one: Path, copied: Path, rewrite: Rewrite
) -> None:
    """In a copy that stands alone, below a --root of another shape, and in a fork that moved it."""
    folder = copied.parent
    for name in ("savevm.c", "fork/stream/savevm.c"):
        Tree(folder).write({name: (one / "migration/savevm.c").read_text()})
    for arguments in (
        (folder / "savevm.c",),
        (folder / "savevm.c", "--root", folder),
        (folder, "--root", folder),
        (one / "migration", "--root", one.parent),
    ):
        ran = rewrite(*arguments, "--dialect", "5.1")
        assert ran.status == 0
        assert b"save_section_header" not in ran.out
        assert " 0 plumbing" not in ran.err


def test_root_and_dialect_can_be_named(tmp_path: Path, rewrite: Rewrite) -> None:
    copied = tmp_path / "lamp.c"
    copied.write_text(LAMP)
    ran = rewrite(copied, "--root", tmp_path)
    assert ran.status == 2
    assert ran.err.startswith(f"{tmp_path}: error: shows no era")
    assert "--dialect" in ran.err
    ran = rewrite(copied, "--root", tmp_path, "--dialect", "5.1")
    assert ran.status == 0
    assert b'visit_type_uint8(v, "lamp", lamp, errp);' in ran.out


def test_a_root_that_the_marks_of_the_tree_contradict_is_said(one: Path, rewrite: Rewrite) -> None:
    ran = rewrite(one / "hw", "--root", one.parent, "--dialect", "5.1")
    assert ran.status == 0
    told = f"{one.parent} by --root, but by its marks in the source tree {one}"
    assert f"warning: in {told}" in ran.err
    assert "warning" not in rewrite(one / "hw", "--root", one, "--dialect", "5.1").err


def test_a_nested_configuration_moves_no_root(one: Path, rewrite: Rewrite) -> None:
    whole = rewrite(one)
    assert whole.out.count(b"+    visit_type_uint8") == 1, "the stream's own code is plumbing"
    Tree(one).write({"migration/.rewrite.toml": "", "hw/.rewrite.toml": ""})
    assert rewrite(one) == whole
    assert rewrite(one / "migration").out == b""
    assert rewrite(one / "hw").out == whole.out


def test_a_configuration_marks_a_tree_without_other_marks_if_it_says_so(
    tmp_path: Path, rewrite: Rewrite
) -> None:
    """The outermost that does: one further in moves no root either."""
    fork = Tree(tmp_path / "home/fork").write({"hw/lamp.c": LAMP, ".rewrite.toml": "[lint]\n"})
    Tree(tmp_path).write({"home/.rewrite.toml": ""})
    ran = rewrite(fork.root / "hw", "--dialect", "5.1")
    assert ran.status == 2
    assert "or a .rewrite.toml that says `root = true`" in ran.err
    fork.write({".rewrite.toml": "root = true\n", "hw/.rewrite.toml": "root = true\n"})
    ran = rewrite(fork.root / "hw")
    assert ran.status == 2, "its era is shown by nothing"
    assert "use --dialect" in ran.err
    ran = rewrite(fork.root / "hw", "--dialect", "5.1")
    assert ran.status == 0
    assert b"--- a/hw/lamp.c" in ran.out
    fork.write({"include/qapi/visitor.h": VISITOR})
    assert rewrite(fork.root / "hw").out == ran.out


@pytest.mark.parametrize(
    ("text", "told"),
    [("root = 1\n", "root: expected true or false"), ("[lnit]\n", "lnit: no such key")],
)
def test_a_configuration_that_says_something_else(
    text: str, told: str, one: Path, rewrite: Rewrite
) -> None:
    Tree(one).write({".rewrite.toml": text})
    ran = rewrite("lint", one)
    assert (ran.status, ran.out) == (2, b"")
    assert ran.err.startswith(f"{one / '.rewrite.toml'}: error: {told}")


def test_a_configuration_that_cannot_be_read_is_no_silent_root(
    tmp_path: Path, rewrite: Rewrite
) -> None:
    Tree(tmp_path).write({"lamp.c": LAMP, ".rewrite.toml": "root = tru\n"})
    ran = rewrite(tmp_path)
    assert ran.status == 2
    assert ran.err.startswith(f"{tmp_path / '.rewrite.toml'}: error: ")


def test_a_submodule_with_a_version_is_no_tree(one: Path, rewrite: Rewrite) -> None:
    """Many projects have a VERSION and a configure."""
    Tree(one).write(
        {"slirp/VERSION": "4.7", "slirp/configure": "", "slirp/.git": "", "slirp/a.c": LAMP}
    )
    assert b"--- a/slirp/a.c" in rewrite(one / "slirp").out


def test_another_tree_below_is_left_out(one: Path, rewrite: Rewrite) -> None:
    """A worktree in a folder of the tree: its files are of another era, and so are its headers."""
    before = rewrite(one)
    inner = tree_at(one / "worktrees/old")
    inner.write({"include/qapi/visitor.h": VISITOR.replace("bool", "void")})
    ran = rewrite(one)
    assert (ran.status, ran.out) == (0, before.out)
    assert "src/one/worktrees/old: warning: another source tree, which is left out here" in ran.err
    assert b"--- a/hw/lamp.c" in rewrite(inner.root).out
    assert rewrite("dialect", inner.root).out.startswith(b"2.6 ")
    assert rewrite("lint", one).out.count(b"[new-primitive]") == 1


def test_a_header_of_a_tree_below_shows_no_era(one: Path, rewrite: Rewrite) -> None:
    (one / "include/qapi/visitor.h").unlink()
    assert rewrite("dialect", one).out.startswith(b"pre-1.2 ")
    tree_at(one / "worktrees/new")
    assert rewrite("dialect", one).out.startswith(b"pre-1.2 ")


@pytest.mark.parametrize("words", COMMANDS)
def test_visits_that_are_declared_where_no_rule_looks(
    words: tuple[str, ...], one: Path, rewrite: Rewrite
) -> None:
    """A fork that moved its headers is not one of the era before there were visits."""
    (one / "include").rename(one / "inc")
    ran = run(rewrite, words, one)
    header = one / "inc/qapi/visitor.h"
    assert (ran.status, ran.out) == (2, b"")
    assert ran.err.endswith(
        f"{header}: error: declares the visits, and no header() rule looks here; use --dialect\n"
    )


def test_the_root_by_a_link_and_from_a_subdirectory(
    one: Path, monkeypatch: pytest.MonkeyPatch, rewrite: Rewrite
) -> None:
    whole = rewrite(one)
    link = one.parent / "link"
    link.symlink_to(one)
    assert rewrite(link).out == whole.out
    monkeypatch.chdir(one / "hw")
    assert rewrite().out == whole.out
    (one / "build").mkdir()
    monkeypatch.chdir(one / "build")
    assert rewrite("../hw").out == whole.out


def test_a_tree_in_the_repository_of_another_project(one: Path, rewrite: Rewrite) -> None:
    Tree(one.parent).write({".git": "", ".rewrite.toml": "", "debian/control": ""})
    assert b"--- a/hw/lamp.c" in rewrite(one / "hw").out


@pytest.mark.parametrize("words", COMMANDS)
def test_an_empty_path(words: tuple[str, ...], one: Path, rewrite: Rewrite) -> None:
    """As of a variable of a shell that is not set: not the current directory."""
    assert one.is_dir()
    name = [word for word in words[:1] if not word.startswith("-")]
    ran = rewrite(*name, "", *words[len(name) :])
    assert ran.status == 2
    assert "an empty path" in ran.err


@pytest.mark.parametrize("option", ["--patches", "--root"])
def test_an_empty_path_of_an_option(option: str, one: Path, rewrite: Rewrite) -> None:
    ran = rewrite(one, option, "")
    assert ran.status == 2
    assert re.search(rf"argument (-o\S*)?{option}: an empty path", ran.err)
