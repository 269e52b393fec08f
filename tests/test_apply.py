# SPDX-License-Identifier: GPL-2.0-or-later
"""Writing changes: all files or none, whatever is done to the run and to the tree meanwhile."""

from __future__ import annotations

import errno
import json
import os
import pickle
import random
import resource
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import MARKS, Ran, Tree

from rewrite.files import apply
from rewrite.files.apply import (
    LOCK,
    ApplyError,
    Recovery,
    apply_changes,
    is_interrupted,
    recover_tree,
)
from rewrite.files.edit import FileChange
from rewrite.files.journal import JOURNAL
from rewrite.files.source import SourceFile

OLD = {"a.c": b"old a\n", "hw/b.c": b"old b\n" * 50, "hw/c.c": b"old \xff c\r\n"}
NEW = {"a.c": b"new a\n", "hw/b.c": b"new b\n" * 70, "hw/c.c": b"new \xff c\r\n"}
ADDED = {"hw/support.c": b"support\n"}
MODES = {"a.c": 0o755, "hw/b.c": 0o640, "hw/c.c": 0o600}
NOBODY = 65534


def change(root: Path, name: str, new: bytes, old: bytes | None = None) -> FileChange:
    data = (root / name).read_bytes() if old is None else old
    return FileChange(SourceFile(root / name, name, data), new)


def make_tree(root: Path) -> Path:
    for name, data in OLD.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
        (root / name).chmod(MODES[name])
    return root


def convert(root: Path) -> None:
    """The run that most tests are about: three files replaced and one created."""
    changes = [change(root, name, new, OLD[name]) for name, new in NEW.items()]
    apply_changes(changes, root, creations=[change(root, n, d, b"") for n, d in ADDED.items()])


def contents(root: Path) -> dict[str, bytes]:
    """All files of the tree, those that a run left behind too."""
    files = [path for path in root.rglob("*") if not path.is_dir()]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def unlocked(root: Path) -> dict[str, bytes]:
    """The same without the lock file: one that a killed run left is used, then removed."""
    return {name: data for name, data in contents(root).items() if Path(name).name != LOCK}


def modes(root: Path) -> dict[str, int]:
    return {name: stat.S_IMODE((root / name).stat().st_mode) for name in MODES}


def assert_old(root: Path) -> None:
    assert contents(root) == OLD
    assert modes(root) == MODES


def assert_new(root: Path) -> None:
    assert contents(root) == NEW | ADDED
    assert modes(root) == MODES


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return make_tree(tmp_path / "tree")


# Another process, to which something happens


CHANGING = {"open", "os.rename", "os.remove", "os.link", "os.chmod", "os.chown", "fcntl.flock"}
"""The audit events of Python that precede what changes a tree, and of reading a file."""

Happening = Callable[[int, str, tuple[Any, ...]], None]


@dataclass(frozen=True)
class Outcome:
    """How a process ended: the signal that ended it, else what its action raised, if anything."""

    signal: int
    error: BaseException | None


def in_child(action: Callable[[], object], happening: Happening | None = None) -> Outcome:
    """Run the action in a process of its own.

    `happening` is called with number, event and arguments before each system call that matters; it
    may end the process, change the tree, or raise what the call is then to raise.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        act(action, happening, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return Outcome(max(-ended, 0), pickle.loads(said) if said else None)


def act(action: Callable[[], object], happening: Happening | None, writing: int) -> None:
    """The child's side: says on the pipe what the action raised, and never returns."""
    number = 0
    busy = happening is None

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal number, busy
        if busy or event not in CHANGING or happening is None:
            return
        busy = True
        try:
            happening(number, event, arguments)
        finally:
            busy = False
            number += 1

    error: BaseException | None = None
    try:
        sys.addaudithook(hook)
        action()
    except ApplyError as raised:
        error = raised
    except BaseException as raised:
        error = (
            KeyboardInterrupt() if isinstance(raised, KeyboardInterrupt) else OSError(repr(raised))
        )
    busy = True
    os.write(writing, pickle.dumps(None if error is None else picklable(error)))
    os._exit(0)


def picklable(error: BaseException) -> BaseException:
    """ApplyError takes two arguments, which the default way of pickling would lose."""
    return PickledApplyError(error.path, error.message) if isinstance(error, ApplyError) else error


class PickledApplyError(ApplyError):
    def __reduce__(self) -> tuple[type, tuple[Path, str]]:
        return PickledApplyError, (self.path, self.message)


def kill_at(wanted: int) -> Happening:
    def happening(number: int, _event: str, _arguments: tuple[Any, ...]) -> None:
        if number == wanted:
            os.kill(os.getpid(), signal.SIGKILL)

    return happening


def raise_at(wanted: int, error: BaseException) -> Happening:
    def happening(number: int, _event: str, _arguments: tuple[Any, ...]) -> None:
        if number == wanted:
            raise error

    return happening


def when_renaming_to(path: Path, action: Callable[[], object]) -> Happening:
    def happening(_number: int, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "os.rename" and Path(os.fsdecode(arguments[1])) == path:
            action()

    return happening


def points(tmp_path: Path, action: Callable[[Path], object]) -> Iterator[tuple[int, Path]]:
    """Fresh trees, one for each system call of the action, with that call's number."""

    def counting(number: int, _event: str, _arguments: tuple[Any, ...]) -> None:
        (tmp_path / "count").write_text(str(number))

    counted = make_tree(tmp_path / "counted")
    assert in_child(lambda: action(counted), counting).error is None
    count = int((tmp_path / "count").read_text()) + 1
    assert count > 30
    for number in range(count):
        yield number, make_tree(tmp_path / str(number))


# What is written


def test_files_are_replaced_and_created(tree: Path) -> None:
    convert(tree)
    assert_new(tree)
    assert not is_interrupted(tree)


def test_relative_paths_and_a_linked_root(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(tree)
    monkeypatch.chdir(tmp_path)
    convert(Path("link"))
    assert_new(tree)


def test_a_link_inside_the_tree_is_followed_to_a_directory_inside(tree: Path) -> None:
    (tree / "alias").symlink_to("hw")
    apply_changes([change(tree, "alias/b.c", b"new")], tree)
    assert (tree / "hw/b.c").read_bytes() == b"new"


def test_a_change_to_nothing_leaves_the_file_alone(tree: Path) -> None:
    before = (tree / "a.c").stat()
    apply_changes([change(tree, "a.c", OLD["a.c"])], tree)
    assert (tree / "a.c").stat() == before


def test_the_other_name_of_a_file_keeps_the_old_text(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.c").hardlink_to(tree / "a.c")
    convert(tree)
    assert (tmp_path / "copy.c").read_bytes() == OLD["a.c"]


def test_a_name_that_is_not_text(tree: Path) -> None:
    name = os.fsdecode(b"latin-\xe4 \n.c")
    (tree / name).write_bytes(b"old")
    changes = [change(tree, name, b"new"), change(tree, "a.c", b"new")]
    killer = when_renaming_to(tree / "a.c", lambda: os.kill(os.getpid(), signal.SIGKILL))
    assert in_child(lambda: apply_changes(changes, tree), killer).signal == signal.SIGKILL
    assert (tree / name).read_bytes() == b"new"
    assert recover_tree(tree) == Recovery("undone", (tree / name, tree / "a.c"))
    assert contents(tree) == OLD | {name: b"old"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_the_owner_is_kept(tree: Path) -> None:
    os.chown(tree / "a.c", 1234, 2345)
    (tree / "a.c").chmod(0o4755)
    convert(tree)
    status = (tree / "a.c").stat()
    assert (status.st_uid, status.st_gid) == (1234, 2345)
    assert stat.S_IMODE(status.st_mode) == 0o4755


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can set up another user's file")
def test_the_group_is_kept_where_the_owner_cannot_be(common_tree: Path) -> None:
    os.chown(common_tree / "a.c", 1234, 2345)
    (common_tree / "a.c").chmod(0o664)

    def as_member() -> None:
        os.setgroups([2345])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        convert(common_tree)

    assert in_child(as_member).error is None
    status = (common_tree / "a.c").stat()
    assert (status.st_uid, status.st_gid) == (NOBODY, 2345)
    assert stat.S_IMODE(status.st_mode) == 0o664


def test_a_created_file_has_the_mode_that_the_user_wants(tree: Path) -> None:
    before = os.umask(0o027)
    try:
        convert(tree)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tree / "hw/support.c").stat().st_mode) == 0o640


# What is refused


def refused(tree: Path, message: str, *changes: FileChange) -> None:
    """Asserts that the changes are refused for that reason and leave all files as they are."""
    before = contents(tree)
    changes = (change(tree, "a.c", b"new"), *changes)
    with pytest.raises(ApplyError, match=message) as raised:
        apply_changes(changes, tree)
    assert raised.value.path == changes[-1].source.path
    assert str(raised.value) == f"{raised.value.path}: {raised.value.message}"
    assert contents(tree) == before


def test_a_file_that_changed_since_it_was_read(tree: Path) -> None:
    refused(tree, "changed since it was read", change(tree, "hw/b.c", b"new", b"older b"))


def test_a_file_that_is_gone(tree: Path) -> None:
    refused(tree, "does not exist any more", change(tree, "hw/gone.c", b"new", b"old"))


def test_a_directory_that_is_gone(tree: Path) -> None:
    refused(tree, "its directory cannot be found", change(tree, "hw/gone/x.c", b"new", b"old"))


@pytest.mark.parametrize("target", ["a.c", "../outside.c", "nowhere.c"])
def test_a_symbolic_link(target: str, tree: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.c").write_bytes(b"old")
    (tree / "link.c").symlink_to(target)
    refused_link = change(tree, "link.c", b"new", b"old")
    with pytest.raises(ApplyError, match="is a symbolic link"):
        apply_changes([refused_link], tree)
    assert (tmp_path / "outside.c").read_bytes() == b"old"
    assert (tree / "link.c").is_symlink()


def test_a_directory_that_leads_out_of_the_tree(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/x.c").write_bytes(b"old")
    (tree / "out").symlink_to("../outside")
    refused(tree, "is outside", change(tree, "out/x.c", b"new"))
    refused(tree, "is outside", change(tree, "../outside/x.c", b"new"))
    assert contents(tmp_path / "outside") == {"x.c": b"old"}


def test_what_is_no_file(tree: Path) -> None:
    os.mkfifo(tree / "pipe.c")
    with pytest.raises(ApplyError, match="is not a regular file"):
        apply_changes([change(tree, "pipe.c", b"new", b"old")], tree)


def test_a_file_changed_twice(tree: Path) -> None:
    (tree / "alias").symlink_to("hw")
    refused(tree, "twice", change(tree, "hw/b.c", b"1"), change(tree, "alias/b.c", b"2"))


def test_a_file_to_create_that_exists(tree: Path) -> None:
    with pytest.raises(ApplyError, match="exists already"):
        apply_changes([], tree, creations=[change(tree, "a.c", b"new", b"")])
    assert_old(tree)


def test_a_root_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(ApplyError, match="No such file"):
        apply_changes([], tmp_path / "nowhere")


# What fails on the way


@pytest.fixture
def common_tree() -> Iterator[Path]:
    """A tree that belongs to someone without privileges, where even root's tests can become one."""
    with tempfile.TemporaryDirectory() as name:
        root = make_tree(Path(name))
        if os.geteuid() == 0:
            for path in (root, *root.rglob("*")):
                os.chown(path, NOBODY, NOBODY)
        yield root
        for path in (root, root / "hw"):
            path.chmod(0o755)


def without_privileges(action: Callable[[], object]) -> Outcome:
    def unprivileged() -> None:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        action()

    return in_child(unprivileged)


def test_an_ordinary_user(common_tree: Path) -> None:
    assert without_privileges(lambda: convert(common_tree)).error is None
    assert_new(common_tree)


@pytest.mark.parametrize("directory", [".", "hw"])
def test_a_read_only_directory(directory: str, common_tree: Path) -> None:
    (common_tree / directory).chmod(0o555)
    error = without_privileges(lambda: convert(common_tree)).error
    assert isinstance(error, ApplyError)
    assert "Permission denied" in error.message
    assert error.path == common_tree / {".": LOCK, "hw": "hw/b.c"}[directory]
    assert_old(common_tree)


def test_a_read_only_file(common_tree: Path) -> None:
    (common_tree / "hw/c.c").chmod(0o444)
    error = without_privileges(lambda: convert(common_tree)).error
    assert isinstance(error, ApplyError)
    assert error.message == "is not writable"
    assert contents(common_tree) == OLD


def test_a_full_disk(tree: Path) -> None:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        changes = [change(tree, "a.c", b"new"), change(tree, "hw/b.c", b"x" * 200_000)]
        apply_changes(changes, tree)

    error = in_child(limited).error
    assert isinstance(error, ApplyError)
    assert error.path == tree / "hw/b.c"
    assert os.strerror(errno.EFBIG) in error.message
    assert_old(tree)


@pytest.mark.parametrize("links", [True, False])
def test_an_error_at_any_point(
    links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With and without hard links: the originals are copies where there are none."""
    if not links:
        monkeypatch.setattr(os, "link", unsupported)
    seen = set()
    for number, root in points(tmp_path, convert):
        failure = OSError(errno.EIO, os.strerror(errno.EIO))
        error = in_child(lambda: convert(root), raise_at(number, failure)).error  # noqa: B023
        assert error is None or isinstance(error, ApplyError), number
        if is_interrupted(root):
            assert error is not None
            assert "left to be recovered" in error.message
            assert recover_tree(root) == Recovery("finished", all_paths(root))
            assert_new(root)
            seen.add("finished")
            continue
        assert recover_tree(root) is None
        (assert_old if error else assert_new)(root)
        seen.add("undone" if error else "done")
    assert seen == {"done", "finished", "undone"}


def unsupported(*_arguments: object, **_options: object) -> None:
    raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))


def all_paths(root: Path) -> tuple[Path, ...]:
    return tuple(root / name for name in (*NEW, *ADDED))


def test_an_interrupt_at_any_point(tmp_path: Path) -> None:
    for number, root in points(tmp_path, convert):
        error = in_child(lambda: convert(root), raise_at(number, KeyboardInterrupt())).error  # noqa: B023
        assert isinstance(error, KeyboardInterrupt), number
        finished = recover_tree(root)
        assert finished is None or finished.outcome == "finished"
        (assert_old if contents(root)["a.c"] == OLD["a.c"] else assert_new)(root)


# Killed runs


@pytest.mark.parametrize("links", [True, False])
def test_a_kill_at_any_point(links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not links:
        monkeypatch.setattr(os, "link", unsupported)
    outcomes = set()
    for number, root in points(tmp_path, convert):
        assert in_child(lambda: convert(root), kill_at(number)).signal == signal.SIGKILL  # noqa: B023
        left = contents(root)
        assert all(left[name] in (OLD[name], NEW[name]) for name in OLD)
        assert_settled(root, recover_tree(root))
        outcomes.add(contents(root)["a.c"])
        if contents(root) == OLD:
            convert(root)
            assert_new(root)
    assert outcomes == {OLD["a.c"], NEW["a.c"]}


def assert_settled(root: Path, recovery: Recovery | None) -> None:
    if recovery is None:
        (assert_old if contents(root)["a.c"] == OLD["a.c"] else assert_new)(root)
    else:
        assert recovery.paths == all_paths(root)
        (assert_old if recovery.outcome == "undone" else assert_new)(root)
    assert recover_tree(root) is None


def test_a_kill_during_recovery(tmp_path: Path) -> None:
    """Recovery is killed in its turn, several times, before one is let through."""
    generator = random.Random(4)
    for number, root in points(tmp_path, convert):
        in_child(lambda: convert(root), kill_at(number))  # noqa: B023
        first = contents(root)
        for _ in range(4):
            in_child(lambda: recover_tree(root), kill_at(generator.randrange(25)))  # noqa: B023
        assert_settled(root, recover_tree(root))
        if not any(first[name] == NEW[name] for name in NEW):
            assert_old(root)


SLOW_RUN = """
import sys
from pathlib import Path
from rewrite.files.apply import apply_changes
from rewrite.files.edit import FileChange
from rewrite.files.source import SourceFile
root = Path(sys.argv[1])
sources = [SourceFile(p, p.name, p.read_bytes()) for p in sorted(root.glob("*.c"))]
print("ready", flush=True)
apply_changes([FileChange(s, s.data.replace(b"old", b"new")) for s in sources], root)
"""


def test_a_kill_at_random_times(tmp_path: Path) -> None:
    """What no audit event precedes, such as a write that is half done, is met by chance only."""
    generator = random.Random()
    old = {f"{n}.c": b"old\n" * 10_000 for n in range(40)}
    new = {name: text.replace(b"old", b"new") for name, text in old.items()}
    usual = run_slowly(tmp_path, old, 60)
    assert contents(tmp_path) == new
    for _ in range(8):
        run_slowly(tmp_path, old, generator.uniform(0, usual))
        recover_tree(tmp_path)
        assert contents(tmp_path) in (old, new)


def run_slowly(root: Path, texts: dict[str, bytes], limit: float) -> float:
    """Apply in a new interpreter, killed after `limit` seconds; returns how long it took."""
    for name, data in texts.items():
        (root / name).write_bytes(data)
    here = {"PYTHONPATH": str(Path(apply.__file__).parents[2])}
    command = [sys.executable, "-c", SLOW_RUN, str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | here) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        start = time.monotonic()
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired:
            process.kill()
        process.wait()
    assert process.returncode in (0, -signal.SIGKILL)
    return time.monotonic() - start


def killed_halfway(root: Path) -> None:
    """Leaves a tree whose first two files are replaced, and whose third is not."""
    killer = when_renaming_to(root / "hw/c.c", lambda: os.kill(os.getpid(), signal.SIGKILL))
    assert in_child(lambda: convert(root), killer).signal == signal.SIGKILL
    now = contents(root)
    assert [now[name] for name in OLD] == [NEW["a.c"], NEW["hw/b.c"], OLD["hw/c.c"]]


def test_a_run_after_a_killed_one_says_so(tree: Path) -> None:
    killed_halfway(tree)
    assert is_interrupted(tree)
    with pytest.raises(ApplyError, match="recover it first") as raised:
        convert(tree)
    assert raised.value.path == tree / JOURNAL
    recover_tree(tree)
    assert_old(tree)


def test_recovery_does_not_touch_what_was_edited_since(tree: Path) -> None:
    killed_halfway(tree)
    (tree / "hw/b.c").write_bytes(b"edited by hand")
    before = unlocked(tree)
    with pytest.raises(ApplyError, match="edited since") as raised:
        recover_tree(tree)
    assert raised.value.path == tree / "hw/b.c"
    assert contents(tree) == before
    original = raised.value.message.split("(")[1].split(")")[0]
    shutil.copyfile(original, tree / "hw/b.c")
    assert recover_tree(tree) == Recovery("undone", all_paths(tree))
    assert_old(tree)


def test_recovery_keeps_edits_of_what_was_not_replaced(tree: Path) -> None:
    killed_halfway(tree)
    (tree / "hw/c.c").write_bytes(b"edited by hand")
    recover_tree(tree)
    assert contents(tree) == OLD | {"hw/c.c": b"edited by hand"}


def test_killed_recovery_keeps_later_edits_of_what_was_not_replaced(tmp_path: Path) -> None:
    for number in range(25):
        root = make_tree(tmp_path / str(number))
        killed_halfway(root)
        in_child(lambda: recover_tree(root), kill_at(number))  # noqa: B023
        (root / "hw/c.c").write_bytes(b"edited by hand")
        recover_tree(root)
        assert contents(root) == OLD | {"hw/c.c": b"edited by hand"}


def test_what_a_run_left_that_had_not_begun_is_no_obstacle(tree: Path) -> None:
    (tree / f"{JOURNAL}.new").write_bytes(b"half a jour")
    (tree / LOCK).write_bytes(b"")
    assert not is_interrupted(tree)
    convert(tree)
    assert_new(tree)


def test_nothing_to_recover(tree: Path) -> None:
    assert recover_tree(tree) is None
    assert_old(tree)


@pytest.mark.parametrize(
    "spoil",
    [
        {"schema": 2},
        {"state": "elsewhere"},
        {"token": "../../../../x"},
        {"token": None},
        {"files": [{"path": "../outside.c"}]},
        {"files": [{"path": "/outside.c"}]},
        {"files": [{"path": "out/x.c"}]},
        {"files": [{"path": "hw/../a.c"}]},
        {"files": [{"path": ""}]},
        {"files": [{"path": "nul\0.c"}]},
        {"files": [{"path": 1}]},
        {"files": [{"path": "a.c", "new": 5}]},
        {"files": [["a.c"]]},
        {"files": 5},
    ],
)
def test_a_journal_that_no_run_wrote(spoil: dict[str, Any], tree: Path, tmp_path: Path) -> None:
    """It comes with the tree, so it may be made to touch something else."""
    killed_halfway(tree)
    (tmp_path / "out").mkdir()
    (tree / "out").symlink_to("../out")
    record = json.loads((tree / JOURNAL).read_bytes())
    entry = record["files"][0]
    files = spoil.get("files")
    if isinstance(files, list) and isinstance(files[0], dict):
        spoil = {"files": [entry | files[0]]}
    (tree / JOURNAL).write_text(json.dumps(record | spoil))
    before = unlocked(tmp_path)
    with pytest.raises(ApplyError):
        recover_tree(tree)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_a_damaged_journal(text: bytes, tree: Path) -> None:
    (tree / JOURNAL).write_bytes(text)
    with pytest.raises(ApplyError, match="damaged"):
        recover_tree(tree)
    assert contents(tree) == OLD | {JOURNAL: text}


@pytest.mark.parametrize("name", [JOURNAL, LOCK])
def test_a_linked_journal_or_lock(name: str, tree: Path, tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"precious")
    (tree / name).symlink_to("../precious")
    with pytest.raises(ApplyError):
        convert(tree)
    with pytest.raises(ApplyError):
        recover_tree(tree)
    assert (tmp_path / "precious").read_bytes() == b"precious"


def test_a_journal_elsewhere(tree: Path, tmp_path: Path) -> None:
    killed_halfway(tree)
    (tree / JOURNAL).rename(tmp_path / "journal")
    (tree / JOURNAL).symlink_to("../journal")
    before = unlocked(tmp_path)
    with pytest.raises(ApplyError, match="is not a regular file"):
        recover_tree(tree)
    assert contents(tmp_path) == before


# Others at work in the same tree


def test_two_runs_at_once(tree: Path) -> None:
    """A second run starts in the middle of the first, which is not disturbed by it."""

    def second() -> None:
        for attempt in (lambda: convert(tree), lambda: recover_tree(tree)):
            error = in_child(attempt).error
            assert isinstance(error, ApplyError)
            assert error.message == "another run is changing this tree"

    assert in_child(lambda: convert(tree), when_renaming_to(tree / "hw/b.c", second)).error is None
    assert_new(tree)


def test_a_run_that_ends_while_another_waits_to_lock(tree: Path) -> None:
    """The lock file that the second has opened is gone when it locks it, so it needs the new one.

    Otherwise the third could lock the new one at the same time.
    """
    errors: list[BaseException | None] = []

    def others(_number: int, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "fcntl.flock" and not errors:
            errors.append(in_child(lambda: recover_tree(tree)).error)
            assert not (tree / LOCK).exists()
        if event == "os.rename" and Path(arguments[1]) == tree / "a.c":
            errors.append(in_child(lambda: convert(tree)).error)
            assert errors[0] is None
            assert "another run is changing this tree" in str(errors[1])

    assert in_child(lambda: convert(tree), others).error is None
    assert_new(tree)


def test_many_runs_at_once(tree: Path) -> None:
    """They race for the lock, not one after the other: one wins, and no other does harm."""
    children = []
    for _ in range(8):
        child = os.fork()
        if not child:
            try:
                convert(tree)
            except ApplyError:
                os._exit(1)
            except BaseException:
                os._exit(2)
            os._exit(0)
        children.append(child)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert sorted(codes) == [0, *[1] * 7]
    assert_new(tree)


def test_a_file_saved_by_an_editor_meanwhile(tree: Path) -> None:
    """It is saved after the checks, when another file is about to be replaced."""

    def save() -> None:
        (tree / "hw/b.c").write_bytes(b"edited by hand")

    outcome = in_child(lambda: convert(tree), when_renaming_to(tree / "a.c", save))
    assert isinstance(outcome.error, ApplyError)
    assert outcome.error.path == tree / "hw/b.c"
    assert outcome.error.message == "changed since it was read"
    assert contents(tree) == OLD | {"hw/b.c": b"edited by hand"}


def test_a_file_created_by_another_meanwhile(tree: Path) -> None:
    def save() -> None:
        (tree / "hw/support.c").write_bytes(b"mine")

    outcome = in_child(lambda: convert(tree), when_renaming_to(tree / "hw/b.c", save))
    assert isinstance(outcome.error, ApplyError)
    assert outcome.error.message == "exists already"
    assert contents(tree) == OLD | {"hw/support.c": b"mine"}


def test_a_replaced_file_edited_before_the_run_fails(tree: Path) -> None:
    """The edit is kept, and the run is left to be recovered, as the error says."""

    def edit_and_fail() -> None:
        (tree / "a.c").write_bytes(b"edited by hand")
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    outcome = in_child(lambda: convert(tree), when_renaming_to(tree / "hw/b.c", edit_and_fail))
    assert isinstance(outcome.error, ApplyError)
    assert "left to be recovered" in outcome.error.message
    assert (tree / "a.c").read_bytes() == b"edited by hand"
    assert is_interrupted(tree)
    (tree / "a.c").write_bytes(NEW["a.c"])
    assert recover_tree(tree) == Recovery("undone", all_paths(tree))
    assert_old(tree)


# -- what others say of a run that was killed, and what a file keeps ----------------------------------


@pytest.mark.parametrize(
    "words", [("hw",), ("hw/lamp.c", "--check"), ("lint", "hw"), ("hw/lamp.c", "-q")]
)
def test_every_command_tells_an_interrupted_run(
    words: tuple[str, ...], lamp_tree: Tree, spawn: Callable[..., Ran]
) -> None:
    root = lamp_tree.root
    (root / JOURNAL).write_text("cut off")
    ran = spawn(*words, cwd=root)
    told = f"{JOURNAL}: warning: a run was interrupted or is at work: settle it with --apply\n"
    assert told in ran.err
    (root / JOURNAL).unlink()
    assert "interrupted" not in spawn(*words, cwd=root).err


def test_an_interrupted_run_of_another_root_is_told(
    lamp_tree: Tree, spawn: Callable[..., Ran]
) -> None:
    """It was given with --root, and is not what the tree's marks show."""
    root = lamp_tree.root
    (root.parent / JOURNAL).write_text("cut off")
    for words in (("hw",), ("hw", "--apply")):
        assert f"settle it with --apply --root {root.parent}" in spawn(*words, cwd=root).err


def test_extended_attributes_stay(lamp_tree: Tree, spawn: Callable[..., Ran]) -> None:
    path = lamp_tree.root / "hw/lamp.c"
    try:
        os.setxattr(path, "user.note", b"mine")
    except OSError:
        pytest.skip("NO extended attributes here: that they stay is NOT tested")
    before = path.read_bytes()
    assert spawn("hw", "--apply", cwd=lamp_tree.root).status == 0
    assert path.read_bytes() != before
    assert os.getxattr(path, "user.note") == b"mine"


@pytest.fixture
def lamp_tree(tmp_path: Path) -> Tree:
    """A marked tree with one device that is converted."""
    root = tmp_path / "lamps"
    root.mkdir()
    header = (
        "typedef struct QEMUFile QEMUFile;\nvoid qemu_put_be32(QEMUFile *f, unsigned int v);\n"
        "typedef struct LampState {\n    uint32_t watts;\n} LampState;\n"
    )
    source = (
        '#include "lamp.h"\n\nvoid lamp_save(QEMUFile *f, void *opaque)\n{\n'
        "    LampState *s = opaque;\n\n    qemu_put_be32(f, s->watts);\n}\n"
    )
    return Tree(root).write({**MARKS, "hw/lamp.h": header, "hw/lamp.c": source})
