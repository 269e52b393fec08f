# SPDX-License-Identifier: GPL-2.0-or-later
"""Several processes at work on many files give what one gives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Ran, Tree

from rewrite.errors import InputError
from rewrite.files.workers import in_order, processes_for

FILES = 40
DAMAGED = (
    "void lamp_{n}_save(QEMUFile *f, void *p)\n{{\n    if (p {{\n    qemu_put_be32(f, 1);\n}}\n"
)
LAMP = """\
void lamp_{n}_save(QEMUFile *f, uint32_t *p)
{{
    qemu_put_be32(f, p[{n}]);
    {step}
    qemu_put_be16(f, {n});
}}
"""
pytestmark = pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="Linux only")


def test_results_come_in_order_from_other_processes() -> None:
    made = list(in_order(lambda n: (n * n, os.getpid()), range(50), 2))
    assert [square for square, _ in made] == [n * n for n in range(50)]
    assert os.getpid() not in {process for _, process in made}


def test_what_a_process_raises_is_raised_here() -> None:
    with pytest.raises(ZeroDivisionError):
        list(in_order(lambda n: 1 // (n - 7), range(20), 2))


def test_a_killed_process_is_told() -> None:
    with pytest.raises(InputError, match="a process of this run was killed"):
        list(in_order(lambda n: os.kill(os.getpid(), signal.SIGKILL), range(20), 2))


def test_few_files_are_not_worth_a_process() -> None:
    assert processes_for(1) == 1
    assert processes_for(10_000) == len(os.sched_getaffinity(0))


def on_one_processor(tree: Tree, options: tuple[str, ...]) -> Ran:
    one = min(os.sched_getaffinity(0))
    ran = subprocess.run(
        [sys.executable, "-m", "rewrite", *options],
        cwd=tree.root,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        preexec_fn=lambda: os.sched_setaffinity(0, {one}),
        capture_output=True,
        check=False,
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr.decode())


@pytest.mark.parametrize(
    "options",
    [(".", "-v"), (".", "--stats", "-"), (".", "--apply"), (".", "--check"), ("lint", ".")],
)
def test_as_many_processes_as_there_are_say_what_one_says(
    tree: Tree, spawn: Callable[..., Ran], options: tuple[str, ...]
) -> None:
    texts = {
        f"hw/lamp{n:02}.c": (DAMAGED if n % 7 == 3 else LAMP).format(
            n=n, step="f++;" * (n % 5 == 1)
        )
        for n in range(FILES)
    }
    tree.write(texts)
    many = spawn(*options, cwd=tree.root)
    written = tree.bytes()
    tree.write(texts)
    assert on_one_processor(tree, options) == many
    assert tree.bytes() == written
    changed = written["hw/lamp00.c"] != texts["hw/lamp00.c"].encode()
    assert changed == ("--apply" in options)
