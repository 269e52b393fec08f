# SPDX-License-Identifier: GPL-2.0-or-later
"""`rewrite --apply` as a user runs it, killed, starved and run twice at once.

tests/test_apply.py does the same to `apply_changes` at each system call; here the whole command is
killed at times that chance gives.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from rewrite.files.apply import LOCK
from rewrite.files.journal import JOURNAL

REPOSITORY = Path(__file__).parent.parent
COMMAND = (sys.executable, "-m", "rewrite", ".", "--apply", "--dialect", "5.1")
FILES = 30
HANDLER = """\
void lamp_save(QEMUFile *f, void *opaque)
{
    uint8_t *lamp = opaque;

    qemu_put_8s(f, lamp);
}
"""


def start(root: Path, *before: str) -> subprocess.Popen[bytes]:
    """The command in a process of its own, below `before`, a command that runs another."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    return subprocess.Popen(
        [*before, *COMMAND],
        cwd=root,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """Its status and what it said, when it has ended."""
    said = process.communicate()[1].decode()
    return process.returncode, said


@pytest.fixture
def lamps(tree: Any) -> Any:
    """A tree of files that are written for long enough to be killed meanwhile."""
    return tree.write({f"hw/lamp{n}.c": HANDLER + "/* */\n" * (200 * n) for n in range(FILES)})


@pytest.fixture
def both(lamps: Any) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The whole tree before and after; it is put back."""
    old = lamps.bytes()
    assert ended(start(lamps.root))[0] == 0
    new = lamps.bytes()
    assert all(old[name] != new[name] for name in old if name.endswith(".c"))
    lamps.write(old)
    return old, new


def _at_work(root: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until the command begins to write."""
    while process.poll() is None and not (root / JOURNAL).exists():
        time.sleep(0.0005)


def test_killed_at_random_times(lamps: Any, both: Any) -> None:
    """What is left is all old or all new, or the next run says that it settles it, and does."""
    old, new = both
    generator, halfway, longest = random.Random(), 0, 0.15
    for _ in range(8):
        process = start(lamps.root)
        _at_work(lamps.root, process)
        time.sleep(generator.uniform(0, longest))
        process.kill()
        ended(process)
        interrupted = (lamps.root / JOURNAL).exists()
        halfway += interrupted
        # What has ended before it was killed is killed sooner: how long it takes, the machine decides.
        longest *= 1 if interrupted else 0.5
        if not interrupted:
            left = {n: d for n, d in lamps.bytes().items() if n != LOCK}
            assert left in (old, new)
        status, said = ended(start(lamps.root))
        assert status == 0, said
        assert ("an interrupted run was" in said) == interrupted
        assert lamps.bytes() == new
        lamps.write(old)
    assert halfway, "no kill came while files were replaced: the test says nothing"


def test_several_at_once(lamps: Any, both: Any) -> None:
    """One wins, or one after the other; the others end with a message and change nothing."""
    _, new = both
    processes = [start(lamps.root) for _ in range(4)]
    results = [ended(process) for process in processes]
    assert 0 in [status for status, _ in results]
    for status, said in results:
        assert status == 0 or (status == 2 and ": error: " in said), said
    assert lamps.bytes() == new


def test_no_room_for_a_file(lamps: Any, both: Any) -> None:
    """A limit of the size of files, met in the middle: as a full disk, all stays as it was."""
    old, _ = both
    status, said = ended(start(lamps.root, "prlimit", "--fsize=20000"))
    assert status == 2, said
    assert ": error: cannot be replaced: File too large" in said
    assert lamps.bytes() == old


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_must_not_be_written(lamps: Any) -> None:
    before = lamps.bytes()
    (lamps.root / "hw").chmod(0o555)
    status, said = ended(start(lamps.root))
    (lamps.root / "hw").chmod(0o755)
    assert status == 2
    assert "Permission denied" in said
    assert lamps.bytes() == before


def test_an_interrupt_from_the_keyboard(lamps: Any, both: Any) -> None:
    old, new = both
    process = start(lamps.root)
    _at_work(lamps.root, process)
    process.send_signal(signal.SIGINT)
    status, said = ended(process)
    assert (status, lamps.bytes()) in ((130, old), (0, new)), said
    assert "Traceback" not in said
