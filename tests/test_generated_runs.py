# SPDX-License-Identifier: GPL-2.0-or-later
"""Devices that nobody wrote, converted, compiled and run: they do the same as before.

Several devices make one case, so that a thousand handlers take a few compilations. More of them:
GENERATED_CASES=50 pytest tests/test_generated_runs.py
"""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from corpus_program import CORPUS, Program, Unit, build
from generated import WildDevice, corpus_case

pytestmark = pytest.mark.needs("gcc")

CASES = int(os.environ.get("GENERATED_CASES", "1"))
"""How many cases for each dialect."""

DEVICES = 8
"""In one case."""

STATES = 6
DIALECTS = ("5.1", "1.2", "rfc")
FLAGS = "-w -fwrapv -fno-strict-aliasing -fno-sanitize=undefined"
"""What random arithmetic does may be undefined, but is the same on both sides."""

Spawn = Callable[..., Any]


def _name(dialect: str, number: int) -> str:
    return f"target/alto/generated_{dialect.replace('.', '_')}_{number}.c"


NAMES = {_name(d, n): d for d in DIALECTS for n in range(CASES)}


def _tree(root: Path, names: list[str]) -> Path:
    for part in ("include", "lib"):
        shutil.copytree(CORPUS / part, root / part)
    shutil.copy(CORPUS / ".rewrite.toml", root)
    (root / "target/alto").mkdir(parents=True)
    shutil.copy(CORPUS / "target/alto/cpu.h", root / "target/alto")
    for name in names:
        choice = random.Random(name)
        text = corpus_case([WildDevice(choice) for _ in range(DEVICES)])
        (root / name).write_text(text)
    return root


@pytest.fixture(scope="module")
def program(spawn: Spawn, tmp_path_factory: pytest.TempPathFactory) -> Program:
    """All generated cases in one program, before and after their conversion."""
    folder = tmp_path_factory.mktemp("generated")
    before = _tree(folder / "before", list(NAMES))
    after = {}
    for dialect in DIALECTS:
        names = [name for name, own in NAMES.items() if own == dialect]
        after[dialect] = _tree(folder / f"after-{dialect}", names)
        stats = folder / f"{dialect}.json"
        ran = spawn(
            ".", "--apply", "--dialect", dialect, "--stats", stats, cwd=after[dialect]
        )  # fmt: skip
        assert ran.status == 0, ran.err
        figures = json.loads(stats.read_text())
        assert figures["failed_self_check"] == 0
        assert figures["by_code"] == {}, ran.err
    units = [Unit(name, FLAGS, dialect) for name, dialect in NAMES.items()]
    return build(units, before, after, folder)


@pytest.mark.parametrize("name", NAMES)
def test_generated_devices_do_the_same(program: Program, name: str) -> None:
    unit = Unit(name, FLAGS, NAMES[name])
    assert unit.name not in program.errors, program.errors[unit.name]
    ran = program.run("compare", unit.name, STATES, "own")
    assert ran.returncode == 0, (ran.stdout + ran.stderr).decode("latin-1")
    assert ran.stdout.startswith(b"states=%d " % STATES)
