# SPDX-License-Identifier: GPL-2.0-or-later
"""What is remembered never costs a file of the user's, and is believed only where it must be true."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Ran, Tree

from rewrite.files.cache import Store, StoreKind
from rewrite.files.digest import digest_parts

Rewrite = Callable[..., Ran]
KEY = digest_parts([b"a key"])
LAMP = "void lamp_save(QEMUFile *f, void *opaque)\n{\n    qemu_put_be32(f, 1);\n}\n"


@pytest.fixture
def lamp(tree: Tree) -> Tree:
    """A tree with one handler."""
    return tree.write({"hw/lamp.c": LAMP})


def test_the_users_files_stay(
    lamp: Tree, rewrite: Rewrite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A directory for the cache may hold anything: sources, and names like those of the store."""
    monkeypatch.setattr(StoreKind, "most", 1)
    place = tmp_path / "mine"
    own = [place / f"source{n}.c" for n in range(70)]
    own += [place / "lint/notes.json", place / "lint" / f"{KEY}.json.bak", place / f"{KEY}.json"]
    (place / "lint").mkdir(parents=True, mode=0o755)
    for path in own:
        path.write_text("precious")
    (place / "lint" / f"{KEY}.json").mkdir()
    for width in ("be16", "be32", "be64"):
        lamp.write({"hw/lamp.c": LAMP.replace("be32", width)})
        rewrite("lint", lamp.root, "--cache", place)
    made = [p for p in (place / "lint").glob("*.json") if p.is_file() and p not in own]
    assert len(made) == 1
    assert rewrite("cache", "clear", "--cache", place).status == 0
    assert not made[0].exists()
    assert {path.read_text() for path in own} == {"precious"}
    assert (place / "lint" / f"{KEY}.json").is_dir()


def test_lint_and_proofs_do_not_evict_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StoreKind, "most", 2)
    stores = [Store(tmp_path, kind) for kind in StoreKind]
    for store in stores:
        for number in range(5):
            store.put(digest_parts([b"%d" % number]), number)
    assert [len(list((tmp_path / kind.value).iterdir())) for kind in StoreKind] == [2, 2, 2]


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _link(path: Path) -> None:
    path.symlink_to(path.with_name("elsewhere"))


def _infinite(path: Path) -> None:
    text = b'[{"line": 1e999}]'
    path.write_bytes(digest_parts([text]).encode() + b"\n" + text)


def _writable(path: Path) -> None:
    path.write_bytes(digest_parts([b"1"]).encode() + b"\n1")
    path.chmod(0o666)


@pytest.mark.parametrize("damage", [_fifo, _link, _infinite, _writable, Path.mkdir])
def test_what_others_may_have_put_there_is_not_believed(
    damage: Callable[[Path], None], lamp: Tree, rewrite: Rewrite, tmp_path: Path
) -> None:
    """Neither believed nor waited for, whatever kind of file it is."""
    fresh = rewrite("lint", lamp.root, "--no-cache")
    place = tmp_path / "kept"
    assert rewrite("lint", lamp.root, "--cache", place) == fresh
    kept = list((place / "lint").iterdir())
    assert kept
    for path in kept:
        path.rename(path.with_name("elsewhere"))
        damage(path)
    assert rewrite("lint", lamp.root, "--cache", place) == fresh


def test_a_directory_that_others_can_write_to_is_not_used(
    lamp: Tree, rewrite: Rewrite, tmp_path: Path
) -> None:
    place = tmp_path / "kept"
    rewrite("lint", lamp.root, "--cache", place)
    [path] = [p for p in (place / "lint").iterdir() if b"new-primitive" in p.read_bytes()]
    text = path.read_bytes().partition(b"\n")[2].replace(b"lamp_save", b"forged")
    path.write_bytes(digest_parts([text]).encode() + b"\n" + text)
    assert b"forged" in rewrite("lint", lamp.root, "--cache", place).out, "the text is what is told"
    (place / "lint").chmod(0o777)
    assert b"forged" not in rewrite("lint", lamp.root, "--cache", place).out


def test_any_umask_will_do(lamp: Tree, rewrite: Rewrite, tmp_path: Path) -> None:
    """What is kept is the user's own also where new files are the group's."""
    before = os.umask(0o002)
    try:
        rewrite("lint", lamp.root, "--cache", tmp_path / "kept")
    finally:
        os.umask(before)
    store = Store(tmp_path / "kept", StoreKind.FINDINGS)
    kept = list((tmp_path / "kept/lint").iterdir())
    assert kept
    assert all(store.get(path.stem) is not None for path in kept)


def test_what_is_not_believed_can_be_cleared(lamp: Tree, rewrite: Rewrite, tmp_path: Path) -> None:
    """Neither a folder that another one made nor what a link leads to goes with it."""
    place = tmp_path / "kept"
    rewrite("lint", lamp.root, "--cache", place)
    (place / "lint").chmod(0o777)
    (place / "verify").mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "lint").symlink_to(place / "lint")
    assert b"lint: 0 files" in rewrite("cache", "clear", "--cache", elsewhere).out
    assert list((place / "lint").iterdir())
    rewrite("cache", "clear", "--cache", place)
    assert [path.name for path in place.iterdir()] == ["verify"]


@pytest.mark.parametrize("command", ["lint", "verify", "cache"])
def test_an_empty_name_is_no_directory(
    command: str, lamp: Tree, rewrite: Rewrite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable that is not set would fill the current directory."""
    monkeypatch.chdir(tmp_path)
    arguments = {"lint": [lamp.root], "verify": [lamp.root, "--cc", "gcc {file}"], "cache": ["dir"]}
    ran = rewrite(command, *arguments[command], "--cache", "")
    assert ran.status == 2
    assert "an empty path" in ran.err
    assert not (tmp_path / command).exists()


def test_the_command_says_where_and_how_many(
    lamp: Tree, rewrite: Rewrite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    place = tmp_path / "qemu-visitor-rewrite"
    folders = [f"{place}/{name}" for name in ("lint", "verify", "schema")]
    assert rewrite("cache", "dir").out.decode().split() == folders
    rewrite("lint", lamp.root)
    kept = len(list((place / "lint").iterdir()))
    told = rewrite("cache", "clear").out.decode().splitlines()
    removed = [f"{kept} files removed", "0 files removed", "0 files removed"]
    assert told == [f"{f}: {text}" for f, text in zip(folders, removed, strict=True)]
    assert not (place / "lint").exists()
    assert rewrite("cache", "wipe").status == 2
