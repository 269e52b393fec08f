# SPDX-License-Identifier: GPL-2.0-or-later
"""Which files of a source tree are read: the root, the candidates for conversion, the headers.

A tree is large (Debian's QEMU 7.2 has 12,000 .c and .h files) and few files hold a site, so a byte
scan decides before anything is parsed, and headers are opened only when a declaration is wanted.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import InputError
from .digest import sha256
from .source import SourceFile

SUFFIXES = (".c", ".h")
"""The endings of the files that are searched for sites."""


@dataclass(frozen=True)
class Skipped:
    """A file that was passed over, and why; the rest of the tree is still done."""

    path: str
    reason: str


@dataclass
class Scan:
    """What a walk over the given paths found; `skipped` is for diagnostics."""

    candidates: list[SourceFile] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    files: int = 0


@dataclass(frozen=True)
class Seen:
    """What a tree was asked for and gave: the digest of each file that was read, None where it could
    not be, and the files of each name that was looked for."""

    files: dict[str, str | None]
    named: dict[str, list[str]]


def find_root(path: Path, marks: Iterable[Sequence[str]]) -> Path | None:
    """The root of the tree that a resolved path is in, None where nothing marks one.

    It is the nearest folder upward that holds all names of a set of more than one. Where there is no
    such folder, a file that is a mark by itself (a configuration) counts too, but the outermost: one
    in a subdirectory never makes that a tree of its own. The search for those ends with the git
    repository.
    """
    start = path if path.is_dir() else path.parent
    folders = (start, *start.parents)
    sets = [tuple(names) for names in marks]
    for folder in folders:
        if is_marked(folder, sets):
            return folder
    found = None
    for folder in folders:
        if any(len(names) == 1 and _holds(folder, names) for names in sets):
            found = folder
        if (folder / ".git").exists():
            break
    return found


def is_marked(folder: Path, marks: Iterable[Sequence[str]]) -> bool:
    """Whether a folder is a source tree's root by what it holds, not by a configuration alone."""
    return any(len(names) > 1 and _holds(folder, names) for names in marks)


def _holds(folder: Path, names: Iterable[str]) -> bool:
    return all((folder / name).exists() for name in names)


def root_of(given: Path | None, paths: Sequence[Path], marks: Iterable[Sequence[str]]) -> Path:
    """The resolved root: the one `given`, in which the paths must be, or the one that marks prove.

    Raises InputError for a path that is missing or outside, where nothing marks a root, and for
    paths in two trees: what holds for one tree is wrong in another.
    """
    for path in paths:
        if not path.exists():
            raise InputError(str(path), "no such file or directory")
    if given is None:
        return _proved_root(paths, [tuple(names) for names in marks])
    if not given.is_dir():
        raise InputError(str(given), "no such directory")
    root = given.resolve()
    for path in paths:
        if not path.resolve().is_relative_to(root):
            raise InputError(str(path), f"not inside the root {root}")
    return root


def _proved_root(paths: Sequence[Path], marks: Sequence[Sequence[str]]) -> Path:
    found: dict[Path, Path] = {}
    for path in paths:
        root = find_root(path.resolve(), marks)
        if root is None:
            raise InputError(str(path), _unmarked(path.resolve(), marks))
        found.setdefault(root, path)
    if len(found) > 1:
        (one, _), (other, path) = list(found.items())[:2]
        raise InputError(
            str(path), f"in another tree ({other}) than the paths before ({one}): run once for each"
        )
    return next(iter(found))


def _unmarked(path: Path, marks: Sequence[Sequence[str]]) -> str:
    """Why no root is known for a path, and what to do."""
    wanted = " or ".join(" and ".join(names) for names in marks)
    told = f"in no source tree: no folder upward holds {wanted}"
    below = (
        sorted(p.name for p in path.iterdir() if find_root(p, marks) == p) if path.is_dir() else []
    )
    if below:
        return f"{told}; there are trees below: {', '.join(below[:5])}"
    return f"{told}; name the tree with --root, and its era with --dialect"


def _walk(folder: str, skip: Callable[[str], bool]) -> Iterator[tuple[str, bool]]:
    """Each file below `folder` that ends in one of SUFFIXES, sorted, with whether it is a link."""
    try:
        with os.scandir(folder) as entries:
            listing = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        yield folder, False
        return
    for entry in listing:
        if entry.is_dir(follow_symlinks=False):
            if not entry.name.startswith(".") and not skip(entry.path):
                yield from _walk(entry.path, skip)
        elif entry.name.endswith(SUFFIXES):
            yield entry.path, entry.is_symlink()


class Tree:
    """A source tree: its root, and cached reads of the files in it."""

    def __init__(self, root: Path, skip_dirs: Iterable[str] = ()) -> None:
        """`root` is the resolved folder; `skip_dirs` are folders, relative to it, never entered."""
        self.root = root
        self._prefix = str(root).rstrip("/") + "/"
        self._skip = frozenset(self._prefix + name for name in skip_dirs)
        self._data: dict[str, bytes | None] = {}
        self._by_name: dict[str, list[str]] | None = None
        self._named: dict[str, list[str]] = {}
        self._told: set[str] = set()

    def name_of(self, path: str) -> str:
        """`path` relative to the root, as diagnostics and diffs show it."""
        return path.removeprefix(self._prefix)

    def files(self, paths: Sequence[Path]) -> Iterator[tuple[str, bool]]:
        """The .c and .h files under `paths`, each once, in a stable order, with whether it is a link."""
        seen: set[str] = set()
        for path in paths:
            target = str(path.resolve())
            found = _walk(target, self._skip.__contains__) if path.is_dir() else [(target, False)]
            for name, linked in found:
                if name not in seen:
                    seen.add(name)
                    yield name, linked

    def scan(self, paths: Sequence[Path], wanted: Callable[[bytes], bool]) -> Scan:
        """Read every file under `paths` and keep those that `wanted` says hold a candidate."""
        result = Scan()
        names: list[str] = []
        for name, linked in self.files(paths):
            if linked:
                result.skipped.append(self._skip_link(name))
            else:
                names.append(name)
        if not names:
            raise InputError(" ".join(str(p) for p in paths), "no .c or .h file here")
        result.files = len(names)
        for item in self._read_all(names, wanted):
            if isinstance(item, SourceFile):
                result.candidates.append(item)
            elif item is not None:
                result.skipped.append(item)
        return result

    def _read_all(
        self, names: Sequence[str], wanted: Callable[[bytes], bool]
    ) -> Iterator[SourceFile | Skipped | None]:
        """What `_candidate` makes of each file, in order; many files are read two at a time."""
        chunks = [names[i : i + 256] for i in range(0, len(names), 256)]
        if len(chunks) == 1:
            yield from (self._candidate(name, wanted) for name in names)
            return
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(max_workers=2) as pool:
            for part in pool.map(lambda chunk: [self._candidate(n, wanted) for n in chunk], chunks):
                yield from part

    def _skip_link(self, name: str) -> Skipped:
        inside = os.path.realpath(name).startswith(self._prefix)
        where = "its target is read by its own name" if inside else "it leads out of the tree"
        return Skipped(self.name_of(name), f"symbolic link not followed: {where}")

    def _candidate(self, name: str, wanted: Callable[[bytes], bool]) -> SourceFile | Skipped | None:
        try:
            data = _read(name)
        except OSError as error:
            return Skipped(self.name_of(name), f"cannot read: {error.strerror}")
        if not wanted(data):
            return None
        if b"\0" in data:
            return Skipped(self.name_of(name), "a NUL byte: not C source text")
        return SourceFile(Path(name), self.name_of(name), data)

    def read(self, path: str) -> bytes | None:
        """The bytes of a header, or None where it cannot be read; each file is read once."""
        if path not in self._data:
            try:
                self._data[path] = _read(path)
            except (OSError, ValueError):
                self._data[path] = None
        return self._data[path]

    def headers_named(self, name: str) -> list[str]:
        """Every file of the tree whose path ends with `name` (which may hold slashes), sorted."""
        if self._by_name is None:
            index: dict[str, list[str]] = {}
            for path, _ in _walk(str(self.root), self._skip.__contains__):
                index.setdefault(path.rpartition("/")[2], []).append(path)
            self._by_name = index
        if name not in self._named:
            alike = self._by_name.get(name.rpartition("/")[2], ())
            self._named[name] = [path for path in alike if path.endswith("/" + name)]
        return self._named[name]

    def seen(self) -> Seen:
        """What was read by `read` since the last call of this, and all names that were looked for."""
        files = {p: _digest(data) for p, data in self._data.items() if p not in self._told}
        self._told |= files.keys()
        return Seen(files, dict(self._named))

    def looks_as(self, seen: Seen) -> bool:
        """Whether one that asks for the same now is given the same."""
        return all(_digest(self.read(p)) == known for p, known in seen.files.items()) and all(
            self.headers_named(name) == known for name, known in seen.named.items()
        )


def _digest(data: bytes | None) -> str | None:
    return None if data is None else sha256(data)


def _read(path: str) -> bytes:
    """The bytes of a regular file; anything else (a device, a pipe) is an OSError, never a hang."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        info = os.fstat(descriptor)
        if (info.st_mode & 0o170000) != 0o100000:
            raise OSError(22, "not a regular file")
        data = os.read(descriptor, info.st_size + 1)
        while more := os.read(descriptor, 1 << 20):
            data += more
        return data
    finally:
        os.close(descriptor)
