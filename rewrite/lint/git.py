# SPDX-License-Identifier: GPL-2.0-or-later
"""What differs between two states of a git repository: the changes that `lint --since` looks at."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..files.git import SHALLOW, commit_of, is_shallow, run_git
from ..files.tree import SUFFIXES, read_file

_NOBODY = "0" * 40


@dataclass(frozen=True)
class ChangedFile:
    """One changed file: its name and bytes before and after, empty where it was not there."""

    old_name: str
    old: bytes
    name: str
    new: bytes


def changes_since(root: Path, revisions: str, paths: Sequence[Path]) -> list[ChangedFile]:
    """The .c and .h files under `paths` that differ: REV against the worktree, or REV..REV2.

    REV...REV2 is what REV2 changed since the two parted.
    """
    forked = "..." in revisions
    first, dots, second = revisions.partition("..." if forked else "..")
    if dots and not second:
        second = "HEAD"
    for revision in (first, second):
        if revision.startswith("-") or (not revision and (revision is first or dots)):
            raise InputError(revisions, "expected REV or REV..REV2")
        if revision:
            commit_of(root, revision)
    first = _fork_point(root, first, second) if forked else first
    limits = [str(p.resolve().relative_to(root)) for p in paths]
    ends = [first, second] if second else [first]
    raw = run_git(
        root, "diff", "--raw", "-z", "--no-abbrev", "-M", "-l0", "--relative", *ends, "--"
    ).split(b"\0")
    entries = [e for e in _read_entries(raw) if _is_wanted(e[3], limits)]
    if not second:
        listed = run_git(root, "ls-files", "-z", "--others", "--exclude-standard").split(b"\0")
        names = [os.fsdecode(n) for n in listed if n]
        entries += [(_NOBODY, "", _NOBODY, n) for n in names if _is_wanted(n, limits)]
    blobs = _read_blobs(
        root, [blob for e in entries for blob in (e[0], e[2] if second else _NOBODY)]
    )
    found = []
    for old_blob, old_name, new_blob, name in entries:
        new = blobs.get(new_blob, b"") if second else _read_file(root / name)
        found.append(ChangedFile(old_name, blobs.get(old_blob, b""), name, new))
    return found


def _fork_point(root: Path, first: str, second: str) -> str:
    """The commit where two revisions parted."""
    try:
        return run_git(root, "merge-base", first, second).decode().strip()
    except InputError as error:
        why = SHALLOW if is_shallow(root) else "their histories have nothing in common"
        raise InputError(f"{first}...{second}", f"no common ancestor here: {why}") from error


def _is_wanted(name: str, limits: Iterable[str]) -> bool:
    inside = any(limit in (".", name) or name.startswith(limit + "/") for limit in limits)
    return inside and name.endswith(SUFFIXES)


def _read_entries(fields: Sequence[bytes]) -> Iterator[tuple[str, str, str, str]]:
    """(old blob, old name, new blob, new name) of `git diff --raw -z`."""
    at = 0
    while at + 1 < len(fields):
        _, _, old, new, status = fields[at].decode().split(" ")
        renamed = status[0] in "RC"
        names = [os.fsdecode(f) for f in fields[at + 1 : at + 2 + renamed]]
        yield old, names[0], new, names[-1]
        at += 2 + renamed


def _read_blobs(root: Path, names: Iterable[str]) -> dict[str, bytes]:
    wanted = sorted({n for n in names if n.strip("0")})
    if not wanted:
        return {}
    out = run_git(root, "cat-file", "--batch", given="\n".join(wanted).encode() + b"\n")
    found: dict[str, bytes] = {}
    at = 0
    while at < len(out):
        end = out.index(b"\n", at)
        head = out[at:end].split(b" ")
        size = int(head[2]) if len(head) == 3 and head[2].isdigit() else -1
        if size >= 0:
            found[head[0].decode()] = out[end + 1 : end + 1 + size]
        at = end + 2 + size
    return found


def _read_file(path: Path) -> bytes:
    """The bytes of a file of the worktree, none where it is a link, a folder or gone."""
    if path.is_symlink() or path.is_dir() or not path.exists():
        return b""
    try:
        return read_file(str(path))
    except OSError as error:
        raise InputError(str(path), f"cannot read: {error.strerror}") from error
