# SPDX-License-Identifier: GPL-2.0-or-later
"""Where output, input or memory fails there is one message and a status, never a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import REPOSITORY, Tree

LAMP = """\
void lamp_save(QEMUFile *f, void *opaque)
{
    uint8_t *on = opaque;

    qemu_put_8s(f, on);
}
"""


def run(tree: Tree, line: str) -> subprocess.CompletedProcess[str]:
    """A line for the shell in the tree's root; `rewrite` there is this command."""
    command = f'rewrite() {{ {sys.executable} -m rewrite "$@"; }}; {line}'
    return subprocess.run(
        ["bash", "-c", command],
        cwd=tree.root,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def lamp(tree: Tree) -> Tree:
    """A tree with one handler."""
    return tree.write({"hw/lamp.c": LAMP})


@pytest.mark.parametrize(
    "line",
    [
        "rewrite . >/dev/full",
        "rewrite . >&-",
        "rewrite lint . >/dev/full",
        "rewrite . --stats - >/dev/full",
        "rewrite . --stats /dev/full",
        "rewrite rules list >/dev/full",
        "rewrite report . -o /dev/full",
        "rewrite explain order-open >/dev/full",
        "ulimit -f 0; rewrite . --stats figures.json",
        f"rewrite {'x' * 300}",
        "mkdir gone; cd gone; rmdir ../gone; rewrite .",
    ],
)
def test_a_message_and_status_2(line: str, lamp: Tree) -> None:
    ran = run(lamp, line)
    assert ran.returncode == 2, ran.stderr
    assert "error: " in ran.stderr
    assert "Traceback" not in ran.stderr
    assert "Exception ignored" not in ran.stderr
    assert (lamp.root / "hw/lamp.c").read_text() == LAMP


def test_an_apply_whose_output_fails_says_what_was_done(lamp: Tree) -> None:
    ran = run(lamp, "rewrite . --apply --stats /dev/full")
    assert ran.returncode == 2
    assert "all 1 files were changed" in ran.stderr
    assert "visit_type_uint8(" in (lamp.root / "hw/lamp.c").read_text()


@pytest.mark.parametrize("redirected", ["2>/dev/full", "2>&-"])
def test_diagnostics_that_nobody_can_take(lamp: Tree, redirected: str) -> None:
    """The diff is still the diff: nothing else comes on standard output."""
    plain = run(lamp, "rewrite .")
    ran = run(lamp, f"rewrite . {redirected}")
    assert ran.stdout in ("", plain.stdout)
    assert ran.returncode in (0, 2)


def test_a_reader_that_goes_away_is_no_usage_error(lamp: Tree) -> None:
    ran = run(lamp, "rewrite . | true; echo ${PIPESTATUS[0]}")
    assert ran.stdout.strip() in ("141", "0")
    assert "Traceback" not in ran.stderr


def test_few_open_files_are_enough(tree: Tree) -> None:
    tree.write({f"hw/lamp{n}.c": LAMP.replace("lamp", f"lamp{n}") for n in range(60)})
    ran = run(tree, "ulimit -n 16; rewrite . --check")
    assert ran.returncode == 1, ran.stderr
    assert "60 files to change" in ran.stderr


def test_a_pipe_in_place_of_a_file_is_not_waited_for(lamp: Tree) -> None:
    git: Sequence[str] = ("git", "-c", "user.name=t", "-c", "user.email=t@example.org")
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "before")):
        subprocess.run([*git, *words], cwd=lamp.root, check=True)
    (lamp.root / "hw/lamp.c").unlink()
    os.mkfifo(lamp.root / "hw/lamp.c")
    ran = run(lamp, "rewrite lint --since HEAD")
    assert "Traceback" not in ran.stderr


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="no /proc to look for processes in")
def test_workers_end_with_their_parent(tree: Tree) -> None:
    """A killed run leaves nobody who holds its output open."""
    text = LAMP + "void more(void)\n{\n" + "    use(1);\n" * 40_000 + "}\n"
    tree.write({f"hw/lamp{n}.c": text for n in range(60)})
    process = subprocess.Popen(
        [sys.executable, "-m", "rewrite", "."],
        cwd=tree.root,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    children: list[int] = []
    end = time.monotonic() + 30
    while not children and process.poll() is None and time.monotonic() < end:
        task = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        children = [int(word) for word in task.read_text().split()] if task.exists() else []
        time.sleep(0.01)
    if not children:
        pytest.skip("one processor: no worker was started")
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    with process.stdout:
        process.stdout.read()  # ends when nobody holds the pipe any more
    while any(Path(f"/proc/{child}").exists() for child in children):
        assert time.monotonic() < end
        time.sleep(0.05)
