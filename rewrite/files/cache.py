# SPDX-License-Identifier: GPL-2.0-or-later
"""What is kept from one run to the next: JSON files in the user's cache directory, never needed.

A key holds everything that a value depends on, so nothing is ever out of date; what can't be read
or written is as if it were not there.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

from .digest import digest

_PARSERS = ("tree_sitter", "tree_sitter_c")


def default_directory(kind: str) -> Path | None:
    """`qemu-visitor-rewrite/KIND` in the user's cache directory (XDG Base Directory Specification).

    None for a user without a home, as in some containers.
    """
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not base.is_absolute():
        try:
            base = Path.home() / ".cache"
        except RuntimeError:
            return None
    return base / "qemu-visitor-rewrite" / kind


@dataclass(frozen=True)
class Store:
    """Values by key in one directory; None keeps nothing. Of more than `most` the oldest go."""

    directory: Path | None
    most: int | None = None

    def get(self, key: str) -> Any:
        """What was kept under a key, as JSON gives it; None where nothing was, or it is damaged."""
        if self.directory is None:
            return None
        import json

        try:
            check, _, text = (self.directory / f"{key}.json").read_bytes().partition(b"\n")
            return json.loads(text) if check.decode() == digest([text]) else None
        except (OSError, ValueError, RecursionError):
            return None

    def put(self, key: str, value: object) -> None:
        """Keep a value, whole or not at all, whoever else does."""
        if self.directory is None:
            return
        import json

        temporary = self.directory / f"{key}.{os.getpid()}-{id(value)}"
        text = json.dumps(value).encode("ascii")
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(digest([text]).encode() + b"\n" + text)
            temporary.replace(temporary.with_name(f"{key}.json"))
            self._make_room(self.directory)
        except OSError:
            with contextlib.suppress(OSError):
                temporary.unlink()

    def _make_room(self, directory: Path) -> None:
        if self.most is None:
            return
        with os.scandir(directory) as entries:
            ages = sorted((entry.stat().st_mtime, entry.path) for entry in entries)
        for _, path in ages[: -self.most]:
            with contextlib.suppress(FileNotFoundError):
                Path(path).unlink()


def tool_digest(rule_directories: Sequence[Path]) -> str:
    """A name for this tool: its code, the rules of some directories, parser and Python."""
    return digest([sys.version.encode(), *_tool_files(rule_directories)])


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
