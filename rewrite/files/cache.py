# SPDX-License-Identifier: GPL-2.0-or-later
"""What is kept from one run to the next: JSON files in the user's cache directory, never needed.

A key holds everything that a value depends on, so nothing is ever out of date; what can't be read
or written is as if it were not there.
"""

from __future__ import annotations

import contextlib
import enum
import errno
import os
import re
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.machinery import PathFinder
from itertools import count
from pathlib import Path
from typing import Any

from .digest import digest_parts
from .json_text import parse_json

_PARSERS = ("tree_sitter", "tree_sitter_c")
_OWN_NAME = re.compile(r"[0-9a-f]{64}\.(?:json|\d+-\d+)")


class StoreKind(enum.Enum):
    """What a store keeps. The value names its folder."""

    FINDINGS = "lint"
    PROOFS = "verify"
    SCHEMAS = "schema"

    @property
    def most(self) -> int:
        """How many results are kept: the oldest go first.

        Of the lint two for each state of a tree, of up to some 500 KiB; a proof is 2 KiB, and a whole
        tree of QEMU asks for 500 of them; the schema of a tree is 2 MiB.
        """
        return {StoreKind.FINDINGS: 64, StoreKind.PROOFS: 8192, StoreKind.SCHEMAS: 24}[self]


def default_directory() -> Path | None:
    """`qemu-visitor-rewrite` in the user's cache directory (XDG Base Directory Specification).

    None for a user without a home, as in some containers.
    """
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not base.is_absolute():
        try:
            base = Path.home() / ".cache"
        except RuntimeError:
            return None
    return base / "qemu-visitor-rewrite"


@dataclass(frozen=True)
class Store:
    """Values of one kind by key, in a folder of the store's own below `directory`; None keeps nothing.

    Only files whose names it made itself are ever read, replaced or removed. What others could have
    put there is not believed: the folder and the file must be the user's own, and writable by no one
    else; a link, a pipe or a directory in a file's place is as if nothing were there.
    """

    directory: Path | None
    kind: StoreKind
    _puts: Iterator[int] = field(default_factory=count, compare=False)

    @property
    def folder(self) -> Path | None:
        """Where the values are: nothing else belongs there."""
        return None if self.directory is None else self.directory / self.kind.value

    def get(self, key: str) -> Any:
        """What was kept under a key, as JSON gives it; None where nothing was, or it is damaged."""
        if self.folder is None or not _is_trusted(self.folder):
            return None
        try:
            check, _, text = _read_own(self.folder / f"{key}.json").partition(b"\n")
            if check.decode() != digest_parts([text]):
                return None
            return parse_json(text, parse_float=_no_float, parse_constant=_no_float)
        except (OSError, ValueError):
            return None

    def put(self, key: str, value: object) -> None:
        """Keep a value, whole or not at all, whoever else does."""
        folder = self.folder
        if folder is None:
            return
        import json

        temporary = folder / f"{key}.{os.getpid()}-{id(value)}"
        text = json.dumps(value).encode("ascii")
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not _is_trusted(folder):
                return
            descriptor = os.open(
                temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600
            )
        except OSError:
            return
        try:
            with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor
                file.write(digest_parts([text]).encode() + b"\n" + text)
            temporary.replace(folder / f"{key}.json")
            self._make_room(folder)
        except OSError:
            with contextlib.suppress(OSError):
                temporary.unlink()

    def clear(self) -> int:
        """Remove all that was kept, and the folder if that leaves it empty; how many files that were.

        Also where others can write to the folder, but never through a link to another one.
        """
        folder = self.folder
        if folder is None or folder.is_symlink() or not folder.is_dir():
            return 0
        found = _own_files(folder)
        for path in found:
            path.unlink(missing_ok=True)
        if found:
            with contextlib.suppress(OSError):
                folder.rmdir()
        return len(found)

    def _make_room(self, folder: Path) -> None:
        """Look at a large folder now and then only: it takes longer than to write a value."""
        if next(self._puts) % max(1, self.kind.most // 64):
            return
        found = _own_files(folder)
        if len(found) > self.kind.most:
            for path in sorted(found, key=_changed_at)[: -self.kind.most]:
                path.unlink(missing_ok=True)


def _own_files(folder: Path) -> list[Path]:
    """The files that a store made."""
    with os.scandir(folder) as entries:
        return [
            Path(entry.path)
            for entry in entries
            if _OWN_NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)
        ]


def _changed_at(path: Path) -> float:
    """When a file was changed; the beginning of time if it went meanwhile."""
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0


def _is_trusted(folder: Path) -> bool:
    """Whether a folder is there, is no link, and is the user's own and only theirs to write to."""
    try:
        found = os.lstat(folder)
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and _is_own(found)


def _is_own(found: os.stat_result) -> bool:
    return found.st_uid == os.geteuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _read_own(path: Path) -> bytes:
    """The bytes of a file of a store. OSError for one that is a link or pipe, or not the user's own."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or not _is_own(found):
            raise OSError(errno.EPERM, "not a file of this user")
        return file.read()


def _no_float(text: str) -> float:
    """No store keeps such a number, so a text that has one is damaged."""
    raise ValueError(text)


def tool_digest(rule_directories: Sequence[Path]) -> str:
    """A name for this tool: its code, the rules of some directories, parser and Python."""
    names = sys.getfilesystemencoding()  # what is kept of a file's name is text
    return digest_parts([sys.version.encode(), names.encode(), *_tool_files(rule_directories)])


def _tool_files(rule_directories: Sequence[Path]) -> Iterator[bytes]:
    code = sorted(Path(__file__).parent.parent.rglob("*.py"))
    for directory in rule_directories:
        code += sorted(directory.rglob("*.py"))
    for name in _PARSERS:
        found = PathFinder.find_spec(name)
        for place in (found.submodule_search_locations or ()) if found is not None else ():
            code += sorted(Path(place).glob("*.so"))
    for path in code:
        yield os.fsencode(path)
        yield path.read_bytes()
