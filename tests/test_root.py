# SPDX-License-Identifier: GPL-2.0-or-later
"""A tree's root and era are proved by the tree, or named: nothing is converted on a guess."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Ran, Tree

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
            "VERSION": "7.2.0",
            "configure": "",
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


@pytest.mark.parametrize("words", [c for c in COMMANDS[:8] if c != ("--patches", "out")])
def test_a_file_that_was_copied_out_of_its_tree(
    words: tuple[str, ...], one: Path, tmp_path: Path, rewrite: Rewrite
) -> None:
    copied = tmp_path / "elsewhere/lamp.c"
    copied.parent.mkdir()
    shutil.copy(one / "hw/lamp.c", copied)
    ran = run(rewrite, words, copied)
    assert ran.status == 2
    assert "name the tree with --root, and its era with --dialect" in ran.err
    assert copied.read_text() == LAMP


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


def test_a_nested_configuration_moves_no_root(one: Path, rewrite: Rewrite) -> None:
    whole = rewrite(one)
    assert whole.out.count(b"+    visit_type_uint8") == 1, "the stream's own code is plumbing"
    Tree(one).write({"migration/.rewrite.toml": "", "hw/.rewrite.toml": ""})
    assert rewrite(one) == whole
    assert rewrite(one / "migration").out == b""
    assert rewrite(one / "hw").out == whole.out


def test_the_outermost_configuration_marks_a_tree_without_other_marks(
    tmp_path: Path, rewrite: Rewrite
) -> None:
    """It ends with the git repository: one in a home directory is of no tree in it."""
    root = tmp_path / "home/fork"
    Tree(tmp_path).write(
        {
            "home/.rewrite.toml": "",
            "home/fork/.git": "",
            "home/fork/.rewrite.toml": "",
            "home/fork/hw/.rewrite.toml": "",
            "home/fork/hw/lamp.c": LAMP,
        }
    )
    ran = rewrite(root / "hw", "--dialect", "5.1")
    assert ran.status == 0
    assert b"--- a/hw/lamp.c" in ran.out


def test_a_tree_in_the_repository_of_another_project(one: Path, rewrite: Rewrite) -> None:
    Tree(one.parent).write({".git": "", ".rewrite.toml": "", "debian/control": ""})
    assert b"--- a/hw/lamp.c" in rewrite(one / "hw").out


@pytest.mark.parametrize("words", COMMANDS)
def test_an_empty_path(words: tuple[str, ...], one: Path, rewrite: Rewrite) -> None:
    """As of a variable of a shell that is not set: not the current directory."""
    assert one.is_dir()
    ran = run(rewrite, words, Path())
    assert ran.status == 2
    name = [word for word in words[:1] if not word.startswith("-")]
    ran = rewrite(*name, "", *words[len(name) :])
    assert ran.status == 2
    assert "an empty path" in ran.err
