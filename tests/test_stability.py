# SPDX-License-Identifier: GPL-2.0-or-later
"""A converted tree is left alone, the diff is the change, and equal runs say equal things."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import DIALECTS

Spawn = Callable[..., Any]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_second_run_changes_nothing(spawn: Spawn, corpus_copy: Any, dialect: str) -> None:
    root = corpus_copy.root
    before = corpus_copy.bytes()
    first = spawn(".", "--apply", "--dialect", dialect, cwd=root)
    assert first.status == 0, first.err
    after = corpus_copy.bytes()
    assert after.keys() == before.keys()
    assert sum(after[name] != before[name] for name in before) > 80

    check = spawn(".", "--check", "--dialect", dialect, cwd=root)
    assert (check.status, check.out) == (0, b"")
    dry = spawn(".", "--dialect", dialect, cwd=root)
    assert (dry.status, dry.out) == (0, b"")
    again = spawn(".", "--apply", "--dialect", dialect, cwd=root)
    assert again.status == 0
    assert corpus_copy.bytes() == after


def test_figures_of_a_second_run(spawn: Spawn, corpus_copy: Any) -> None:
    """What was plumbing or refused stays so; what was converted is no site any more."""
    root = corpus_copy.root
    first = json.loads(spawn(".", "--stats", "-", cwd=root).out)
    spawn(".", "--apply", cwd=root)
    second = json.loads(spawn(".", "--stats", "-", cwd=root).out)
    assert first["converted"] > 800
    assert (second["converted"], second["files_changed"], second["failed_self_check"]) == (0, 0, 0)
    for key in ("plumbing", "refused", "by_code", "by_reason"):
        assert second[key] == first[key]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_git_applies_the_dry_run_to_what_apply_writes(
    spawn: Spawn, corpus_copy: Any, tmp_path: Path, dialect: str
) -> None:
    root, patched = corpus_copy.root, tmp_path / "patched"
    shutil.copytree(root, patched)
    diff = spawn(".", "--dialect", dialect, cwd=root).out
    assert diff.count(b"diff --git") > 80
    subprocess.run(["git", "apply", "-"], cwd=patched, input=diff, check=True)
    applied = spawn(".", "--apply", "--dialect", dialect, cwd=root)
    assert applied.status == 0, applied.err
    assert type(corpus_copy)(patched).bytes() == corpus_copy.bytes()


def test_git_reverses_what_apply_wrote(spawn: Spawn, corpus_copy: Any) -> None:
    root = corpus_copy.root
    before = corpus_copy.bytes()
    diff = spawn(".", cwd=root).out
    spawn(".", "--apply", cwd=root)
    assert corpus_copy.bytes() != before
    subprocess.run(["git", "apply", "-R", "-"], cwd=root, input=diff, check=True)
    assert corpus_copy.bytes() == before


def test_output_does_not_depend_on_the_run(spawn: Spawn, corpus_copy: Any) -> None:
    """Neither on the hash seed, nor on how the paths are given: out and err are equal, byte for byte."""
    root = corpus_copy.root
    whole = spawn(".", "--verbose", cwd=root, PYTHONHASHSEED="1")
    assert whole.out.startswith(b"diff --git a/hw/")
    assert spawn(".", "--verbose", cwd=root, PYTHONHASHSEED="2") == whole
    assert spawn("--verbose", root, cwd=root) == whole
    assert spawn(".", "hw", "./hw/../target", "hw/crlf.c", "-v", cwd=root) == whole


def test_files_come_in_the_order_of_their_names(spawn: Spawn, corpus_copy: Any) -> None:
    diff = spawn(".", cwd=corpus_copy.root).out.decode("latin-1")
    names = [line.split()[2] for line in diff.splitlines() if line.startswith("diff --git ")]
    assert names == sorted(names, key=lambda name: name.split("/"))
    assert len(names) == len(set(names))


def test_diagnostics_come_in_the_order_of_the_text(spawn: Spawn, corpus_copy: Any) -> None:
    err = spawn(".", "--verbose", cwd=corpus_copy.root).err.splitlines()
    places = [line.split(":")[:3] for line in err if line.endswith("]")]
    keys = [(path.split("/"), int(line), int(column)) for path, line, column in places]
    assert keys == sorted(keys)
    assert len(keys) > 60


def test_a_converted_half_does_not_change_the_other(spawn: Spawn, corpus_copy: Any) -> None:
    """Converting folder by folder ends where converting all at once does."""
    root = corpus_copy.root
    whole = spawn(".", cwd=root).out
    parts = b"".join(spawn(part, cwd=root).out for part in ("hw", "lib", "target"))
    assert parts == whole
    for part in ("target", "hw", "lib"):
        spawn(part, "--apply", cwd=root)
    assert spawn(".", "--check", cwd=root).status == 0
