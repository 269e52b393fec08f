# SPDX-License-Identifier: GPL-2.0-or-later
"""Write changes to a tree: all files or none, whatever goes wrong.

Each new text is first written beside its file, then the original gets a second name there. Only
when all of that is on disk are the new texts renamed into place. A journal in the tree's root says
what a run is at work on, so that `recover` can settle a run that was killed. What is left of a
file's two companions tells how far that run came with it:

    original and new text   not replaced: both are dropped
    original alone          replaced: the original is put back
    no original             nothing to put back

which holds because the original comes after the new text and is dropped before it. Once all files
are replaced the journal says so; from then on a run is finished, no longer undone.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import re
import secrets
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..errors import ApplyError
from ..printable import quoted
from .digest import sha256
from .edit import FileChange
from .journal import JOURNAL
from .json_text import parse_json

LOCK = ".rewrite-lock"
"""The file in a tree's root that the run at work holds a lock on."""

_SCHEMA = 1
_NEW_JOURNAL = JOURNAL + ".new"
_TOKEN = re.compile(r"[0-9a-f]{16}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_OPEN_OLD = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_OPEN_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class Recovery:
    """What became of a run that was interrupted, and the files that it was to change."""

    outcome: Literal["undone", "finished"]
    paths: tuple[Path, ...]


@dataclass(frozen=True)
class _ApplyStep:
    """One file of a run: where it really is, its companions, the digests of both its texts.

    A file to create has no old text; its original is an empty file that is never put back.
    """

    path: Path
    new_text: Path
    original: Path
    old: str | None
    new: str


@dataclass(frozen=True)
class _ApplyRun:
    """All files of one run; `token` makes the names of their companions its own."""

    root: Path
    token: str
    steps: tuple[_ApplyStep, ...]

    @property
    def directories(self) -> list[Path]:
        """The directories that the run writes to."""
        return sorted({step.path.parent for step in self.steps})


def apply_changes(
    changes: Sequence[FileChange], root: Path, *, creations: Sequence[FileChange] = ()
) -> None:
    """Give every file its new text, or raise ApplyError and leave every file as it is.

    `creations` are files that must not exist yet, in directories that do. A file that changed since
    it was read is refused, and so is a symbolic link, anything that is really outside `root`, and a
    file without write permission. Mode and, where the system permits, owner are kept; other names
    (hard links) of a file keep its old text.
    """
    top = _resolve_root(root)
    with _hold_lock(top):
        if is_interrupted(top):
            raise ApplyError(top / JOURNAL, "an earlier run was interrupted: recover it first")
        run, texts = _plan_run(changes, creations, top)
        if run.steps:
            _carry_out(run, texts)


def is_interrupted(root: Path) -> bool:
    """Whether a run in this tree was killed before it was done, or is at work right now."""
    return os.path.lexists(root / JOURNAL)


def recover_tree(root: Path) -> Recovery | None:
    """Settle what a killed run left behind: undo it, or finish it if it had replaced all files.

    Returns None where there was nothing to settle. Raises ApplyError, with nothing changed, where a
    replaced file has been edited since, another run is at work, or the journal is damaged.
    """
    top = _resolve_root(root)
    if not any(os.path.lexists(top / name) for name in (JOURNAL, _NEW_JOURNAL, LOCK)):
        return None
    with _hold_lock(top):
        return _settle_run(top)


def _resolve_root(root: Path) -> Path:
    try:
        return root.resolve(strict=True)
    except OSError as error:
        raise ApplyError(root, _reason_of(error)) from error


def _reason_of(error: OSError) -> str:
    return error.strerror or str(error)


@contextlib.contextmanager
def _hold_lock(top: Path) -> Iterator[None]:
    """Hold the tree's lock; the lock file goes with it. The kernel frees that of a killed run."""
    try:
        descriptor = _take_lock(top / LOCK)
    except BlockingIOError as error:
        raise ApplyError(top, "another run is changing this tree") from error
    except OSError as error:
        raise ApplyError(top / LOCK, f"cannot lock the tree: {_reason_of(error)}") from error
    try:
        yield
    finally:
        # Where it can't be removed it does no harm: the next run locks the same file.
        with contextlib.suppress(OSError):
            (top / LOCK).unlink()
        os.close(descriptor)


def _take_lock(path: Path) -> int:
    """The descriptor of the locked file, which is still the one of that name."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # A run that just ended may have removed the file between the two calls above.
            if os.path.samestat(os.fstat(descriptor), path.lstat()):
                return descriptor
        except FileNotFoundError:
            pass
        except OSError:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _plan_run(
    changes: Sequence[FileChange], creations: Sequence[FileChange], top: Path
) -> tuple[_ApplyRun, dict[Path, FileChange]]:
    """What to do, after everything that can be checked beforehand; a change to nothing is left."""
    token = secrets.token_hex(8)
    places: dict[Path, FileChange] = {}
    steps: list[_ApplyStep] = []
    for created, group in ((False, changes), (True, creations)):
        for change in group:
            place = _locate_file(change.source.path, top)
            if place in places:
                raise ApplyError(change.source.path, "is to be changed twice")
            places[place] = change
            old = None if created else change.source.digest
            step = _plan_step(token, len(steps), place, old, sha256(change.new))
            _check_step(step, change.source.path)
            if step.old != step.new:
                steps.append(step)
    return _ApplyRun(top, token, tuple(steps)), places


def _plan_step(token: str, index: int, path: Path, old: str | None, new: str) -> _ApplyStep:
    """One step, with the names of its companions: hidden, and not those of any source file."""
    companion = f".rewrite-{token}-{index}"
    directory = path.parent
    return _ApplyStep(
        path, directory / f"{companion}.new", directory / f"{companion}.old", old, new
    )


def _locate_file(path: Path, top: Path) -> Path:
    """Where the file really is; the path itself may not be a link, what it leads through may."""
    try:
        place = path.parent.resolve(strict=True) / path.name
    except (OSError, RuntimeError) as error:
        raise ApplyError(path, f"its directory cannot be found: {error}") from error
    if top not in place.parents:
        raise ApplyError(path, f"is outside {top}")
    return place


def _check_step(step: _ApplyStep, path: Path) -> None:
    """Raises ApplyError unless the file is one that this run may replace or create."""
    try:
        mode = step.path.lstat().st_mode
        if step.old is None:
            raise ApplyError(path, "exists already")
        if stat.S_ISLNK(mode):
            raise ApplyError(path, "is a symbolic link")
        if not stat.S_ISREG(mode):
            raise ApplyError(path, "is not a regular file")
        if not os.access(step.path, os.W_OK):
            raise ApplyError(path, "is not writable")
        if _current_digest(step.path) != step.old:
            raise ApplyError(path, "changed since it was read")
    except FileNotFoundError:
        if step.old is not None:
            raise ApplyError(path, "does not exist any more") from None
    except OSError as error:
        raise ApplyError(path, f"cannot be read: {_reason_of(error)}") from error


def _carry_out(run: _ApplyRun, texts: dict[Path, FileChange]) -> None:
    """Replace all files; whatever ends this early, settle the run before passing it on."""
    try:
        _write_journal(run, "replacing")
        for step in run.steps:
            _prepare_step(step, texts[step.path])
        _sync_directories(run.directories)
        for step in run.steps:
            _replace_file(step, texts[step.path].source.path)
        _sync_directories(run.directories)
        _write_journal(run, "replaced")
    except BaseException as error:
        recovery = _settle_run(run.root)
        if recovery and recovery.outcome == "finished" and isinstance(error, Exception):
            return
        if isinstance(error, OSError):
            where = Path(error.filename or run.root)
            raise ApplyError(where, f"cannot be written: {_reason_of(error)}") from error
        raise
    _settle_run(run.root)


def _prepare_step(step: _ApplyStep, change: FileChange) -> None:
    """Write the new text, then keep the original, both beside the file."""
    path = change.source.path
    try:
        status = None if step.old is None else step.path.lstat()
        _write_file(step.new_text, change.new, status, step.path)
        if status is None:
            _write_file(step.original, b"", None)
        else:
            _keep_original(step, change.source.data, status)
    except OSError as error:
        raise ApplyError(path, f"cannot be replaced: {_reason_of(error)}") from error


def _keep_original(step: _ApplyStep, data: bytes, status: os.stat_result) -> None:
    """A second name for the original or, where the file system has no hard links, a copy."""
    try:
        step.original.hardlink_to(step.path)
    except FileExistsError:
        raise
    except OSError:
        _write_file(step.original, data, status, step.path)


def _write_file(
    path: Path, data: bytes, like: os.stat_result | None, model: Path | None = None
) -> None:
    """Write a file that must not exist yet, to the disk, with the mode and owner of `like`.

    It gets the extended attributes of `model`, access control lists among them.
    """
    mode = 0o666 if like is None else 0o600
    with open(path, "wb", opener=lambda name, _: os.open(name, _OPEN_NEW, mode)) as file:
        file.write(data)
        file.flush()
        if like is not None:
            _keep_owner(file.fileno(), like)
            os.fchmod(file.fileno(), stat.S_IMODE(like.st_mode))
            if model is not None:
                _keep_attributes(file.fileno(), model)
        os.fsync(file.fileno())


def _keep_owner(descriptor: int, like: os.stat_result) -> None:
    """Give the file the owner and group of `like`, or as much of them as the system permits."""
    for owner in (-1, like.st_uid):
        with contextlib.suppress(OSError):
            os.fchown(descriptor, owner, like.st_gid)


def _keep_attributes(descriptor: int, model: Path) -> None:
    """Give the file the extended attributes of another, as many as the system has and permits."""
    if not hasattr(os, "listxattr"):
        return
    with contextlib.suppress(OSError):
        for name in os.listxattr(model, follow_symlinks=False):
            with contextlib.suppress(OSError):
                os.setxattr(descriptor, name, os.getxattr(model, name, follow_symlinks=False))


def _replace_file(step: _ApplyStep, path: Path) -> None:
    """Put the new text in its place, if what is there is still what was read."""
    _check_step(step, path)
    try:
        step.new_text.replace(step.path)
    except OSError as error:
        raise ApplyError(path, f"cannot be replaced: {_reason_of(error)}") from error


def _settle_run(top: Path) -> Recovery | None:
    """Finish or undo the run that the journal tells of, and remove what it left behind."""
    try:
        (top / _NEW_JOURNAL).unlink(missing_ok=True)
        if not is_interrupted(top):
            return None
        run, replaced = _read_journal(top)
        if replaced:
            _sync_directories([top])
        else:
            _undo_run(run)
        for step in run.steps:
            step.original.unlink(missing_ok=True)
            step.new_text.unlink(missing_ok=True)
        _sync_directories(run.directories)
        # Should it come back after a power failure, it names no companion that is still there.
        (top / JOURNAL).unlink()
    except OSError as error:
        problem = f"a run is left to be recovered, which failed: {error}"
        raise ApplyError(top / JOURNAL, problem) from error
    outcome: Literal["undone", "finished"] = "finished" if replaced else "undone"
    return Recovery(outcome, tuple(step.path for step in run.steps))


def _undo_run(run: _ApplyRun) -> None:
    """Put back every original whose file was replaced; refuse before the first if one can't be."""
    done = [s for s in run.steps if _file_exists(s.original) and not _file_exists(s.new_text)]
    texts = {step: _current_digest(step.path) for step in done}
    for step, digest in texts.items():
        if digest not in (step.old, step.new):
            raise ApplyError(
                step.path,
                "was edited since an interrupted run replaced it: a run is left to be recovered; "
                f"put its original ({step.original}) back, saving the edits elsewhere, "
                "then run again",
            )
    for step, digest in texts.items():
        if digest != step.new:
            continue
        if step.old is None:
            step.path.unlink()
        else:
            step.original.replace(step.path)


def _file_exists(path: Path) -> bool:
    """Whether there is a file of that name; a link does not count, a run leaves none."""
    return path.is_file() and not path.is_symlink()


def _write_journal(run: _ApplyRun, state: Literal["replacing", "replaced"]) -> None:
    """Replace the journal as a whole: it is never seen half written."""
    files = [
        {"path": s.path.relative_to(run.root).as_posix(), "old": s.old, "new": s.new}
        for s in run.steps
    ]
    record = {"schema": _SCHEMA, "state": state, "token": run.token, "files": files}
    new = run.root / _NEW_JOURNAL
    new.unlink(missing_ok=True)
    _write_file(new, json.dumps(record, indent=1).encode() + b"\n", None)
    new.replace(run.root / JOURNAL)
    _sync_directories([run.root])


def _read_journal(top: Path) -> tuple[_ApplyRun, bool]:
    """The run of the tree's journal, and whether it had replaced all files.

    The journal is input like any other: it may come with a tree from anywhere, and must not make
    this tool touch anything but companions and files that hold the texts that it names.
    """
    path = top / JOURNAL
    if not _file_exists(path):
        raise ApplyError(path, "is not a regular file: remove it")
    try:
        record = parse_json(path.read_bytes())
        schema, state = record["schema"], record["state"]
        if schema != _SCHEMA or state not in ("replacing", "replaced"):
            raise ValueError(f"schema {quoted(schema)}, state {quoted(state)}")
        token = _match_text(_TOKEN, record["token"])
        steps = [_read_step(top, token, at, file) for at, file in enumerate(record["files"])]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        problem = f"is damaged: a run is left to be recovered by hand ({error})"
        raise ApplyError(path, problem) from error
    return _ApplyRun(top, token, tuple(steps)), state == "replaced"


def _read_step(top: Path, token: str, index: int, file: dict[str, object]) -> _ApplyStep:
    """One file of the journal; ValueError or ApplyError for one that a run can't have written."""
    name = file["path"]
    if not isinstance(name, str) or "\0" in name:
        raise ValueError(f"path {quoted(name)}")
    path = top / name
    if path.name in ("", "..") or _locate_file(path, top) != path:
        raise ValueError(f"path {quoted(name)}")
    old = None if file["old"] is None else _match_text(_DIGEST, file["old"])
    return _plan_step(token, index, path, old, _match_text(_DIGEST, file["new"]))


def _match_text(pattern: re.Pattern[str], value: object) -> str:
    """The value, if it is text of that form; ValueError if not."""
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(f"{quoted(value)} is not {pattern.pattern}")
    return value


def _current_digest(path: Path) -> str | None:
    """The digest of what is in the file now; None where there is none, "" for no plain file."""
    try:
        with open(path, "rb", opener=lambda name, _: os.open(name, _OPEN_OLD)) as file:
            plain = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            return sha256(file.read()) if plain else ""
    except FileNotFoundError:
        return None


def _sync_directories(directories: Iterable[Path]) -> None:
    """Make the names in these directories durable, where the file system can (EINVAL: it can't)."""
    for directory in directories:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
        finally:
            os.close(descriptor)
