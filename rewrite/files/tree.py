# SPDX-License-Identifier: GPL-2.0-or-later
"""Which files of a source tree are read: the root, the candidates for conversion, the headers.

A tree is large (Debian's QEMU 7.2 has 12,000 .c and .h files) and few files hold a site, so a byte
scan decides before anything is parsed, and headers are opened only when a declaration is wanted.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import InputError
from .digest import sha256
from .source import SourceFile

SUFFIXES = (".c", ".h")
"""The endings of the files that are searched for sites."""

TEXTS = (*SUFFIXES, ".inc", ".hx")
"""The endings of these and of what they include."""

CONFIGURATION = ".rewrite.toml"
"""What a project says about itself, in a folder of its tree."""


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
    """The root of the tree that a resolved path is in, None where nothing shows one.

    It is the nearest folder upward that is marked. Where there is none, it is the outermost whose
    configuration says `root = true`: one in a subdirectory never makes that a tree of its own.
    Raises InputError for such a configuration that cannot be read.
    """
    start = path if path.is_dir() else path.parent
    folders = (start, *start.parents)
    sets = [tuple(names) for names in marks]
    marked = (folder for folder in folders if is_marked(folder, sets))
    claimed = (folder for folder in reversed(folders) if _claims_root(folder))
    return next(marked, None) or next(claimed, None)


def is_marked(folder: Path, marks: Iterable[Sequence[str]]) -> bool:
    """Whether a folder is a source tree's root by what it holds: all names of one set."""
    return any(all(os.path.exists(folder / name) for name in names) for names in marks)  # noqa: PTH110


def _claims_root(folder: Path) -> bool:
    """Whether a folder holds a configuration that says `root = true`."""
    path = folder / CONFIGURATION
    if not os.path.isfile(path):  # noqa: PTH113 - False where a folder may not be looked into
        return False
    return read_configuration(path).get("root", False) is True


def read_configuration(path: Path) -> dict[str, object]:
    """What a configuration says. Raises InputError where it cannot be read or is no TOML."""
    import tomllib

    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    # A ValueError is text that is no UTF-8 or no TOML, or a number of more than 4,300 digits.
    except (OSError, ValueError) as error:
        raise InputError(str(path), str(error)) from error
    except RecursionError as error:
        raise InputError(str(path), "nested too deeply") from error


_ADVICE = "name the tree with --root, and its era with --dialect"


def root_of(
    given: Path | None,
    paths: Sequence[Path],
    marks: Iterable[Sequence[str]],
    advice: str = _ADVICE,
) -> Path:
    """The resolved root: the one `given`, in which the paths must be, or the one that marks prove.

    `advice` says what to do where nothing shows a root.

    Raises InputError for a path that is missing or outside, where nothing shows a root, and for
    paths in two trees: what holds for one tree is wrong in another.
    """
    check_paths(paths)
    if given is None:
        return _proved_root(paths, [tuple(names) for names in marks], advice)
    if not given.is_dir():
        raise InputError(str(given), "no such directory")
    root = given.resolve()
    for path in paths:
        if not path.resolve().is_relative_to(root):
            raise InputError(str(path), f"not inside the root {root}")
    return root


def place_of(
    given: Path | None, paths: Sequence[Path], marks: Iterable[Sequence[str]], era_named: bool
) -> tuple[Path, bool]:
    """The root as `root_of` gives it, or the folder of lone files; and whether it is the latter.

    What is in no tree has no era of its own: it can only be read where the era is named.
    """
    sets = [tuple(names) for names in marks]
    folder = lone_folder(paths, sets) if given is None and era_named else None
    return (folder, True) if folder is not None else (root_of(given, paths, sets), False)


def lone_folder(paths: Sequence[Path], marks: Iterable[Sequence[str]]) -> Path | None:
    """The resolved folder of files that are in no source tree, as one that was copied out of its own.

    None where one is in a tree or no file, or where they are in several folders. Raises InputError
    for a path that is missing.
    """
    check_paths(paths)
    sets = [tuple(names) for names in marks]
    folders = {path.resolve().parent for path in paths}
    alone = all(path.is_file() and find_root(path.resolve(), sets) is None for path in paths)
    return folders.pop() if alone and len(folders) == 1 else None


def check_paths(paths: Iterable[Path]) -> None:
    """Raise InputError for a path that is missing."""
    for path in paths:
        if not os.path.exists(path):  # noqa: PTH110 - no error for a name that is too long
            raise InputError(str(path), "no such file or directory")


def _proved_root(paths: Sequence[Path], marks: Sequence[Sequence[str]], advice: str) -> Path:
    found: dict[Path, Path] = {}
    for path in paths:
        root = find_root(path.resolve(), marks)
        if root is None:
            raise InputError(str(path), _describe_unmarked(path.resolve(), marks, advice))
        found.setdefault(root, path)
    if len(found) > 1:
        (one, _), (other, path) = list(found.items())[:2]
        raise InputError(
            str(path), f"in another tree ({other}) than the paths before ({one}): run once for each"
        )
    return next(iter(found))


def _describe_unmarked(path: Path, marks: Sequence[Sequence[str]], advice: str) -> str:
    """Why no root is known for a path, and what to do."""
    wanted = " or ".join(" and ".join(names) for names in marks)
    told = (
        f"in no source tree: no folder upward holds {wanted}, "
        f"or a {CONFIGURATION} that says `root = true`"
    )
    below = _trees_below(path, marks) if path.is_dir() else []
    if below:
        return f"{told}; there are trees below: {', '.join(below[:5])}"
    return f"{told}; {advice}"


def _trees_below(folder: Path, marks: Sequence[Sequence[str]]) -> list[str]:
    """The names of the trees in a folder."""
    try:
        return sorted(path.name for path in folder.iterdir() if is_marked(path, marks))
    except OSError:
        return []


def _walk_folder(
    folder: str, skip: Callable[[str], bool], endings: tuple[str, ...] = SUFFIXES
) -> Iterator[tuple[str, bool]]:
    """Each file below `folder` that ends in one of `endings`, sorted, with whether it is a link."""
    try:
        with os.scandir(folder) as entries:
            listing = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        yield folder, False
        return
    for entry in listing:
        if entry.is_dir(follow_symlinks=False):
            if not entry.name.startswith(".") and not skip(entry.path):
                yield from _walk_folder(entry.path, skip, endings)
        elif entry.name.endswith(endings):
            yield entry.path, entry.is_symlink()


_ANOTHER = "another source tree, which is left out here: it needs a run of its own"


class Tree:
    """A source tree: its root, and cached reads of the files in it."""

    def __init__(
        self,
        root: Path,
        skip_dirs: Iterable[str] = (),
        marks: Iterable[Sequence[str]] = (),
        alone: bool = False,
    ) -> None:
        """`root` is the resolved folder; `skip_dirs` are folders, relative to it, never entered.

        Nor is a folder below that `marks` show to be another tree: its files and headers are of
        another era. Of an `alone` folder, of files without a tree, no folder below is entered.
        """
        self.root = root
        self.alone = alone
        self._prefix = str(root).rstrip("/") + "/"
        self._skip_dirs = frozenset(self._prefix + name for name in skip_dirs)
        self._marks = tuple(tuple(names) for names in marks)
        self._others: dict[str, None] = {}
        self._data: dict[str, bytes | None] = {}
        self._by_name: dict[str, list[str]] | None = None
        self._named: dict[str, list[str]] = {}
        self._told: set[str] = set()
        self.read_others = False

    def name_of(self, path: str) -> str:
        """`path` relative to the root, as diagnostics and diffs show it."""
        return path.removeprefix(self._prefix)

    def _skip(self, folder: str) -> bool:
        """Whether a folder is not of this tree."""
        if self.alone or folder in self._skip_dirs:
            return True
        if is_marked(Path(folder), self._marks):
            self._others[folder] = None
            return True
        return False

    def list_files(self, paths: Sequence[Path]) -> Iterator[tuple[str, bool]]:
        """The .c and .h files under `paths`, each once, in a stable order, with whether it is a link."""
        seen: set[str] = set()
        for path in paths:
            target = str(path.resolve())
            found = _walk_folder(target, self._skip) if path.is_dir() else [(target, False)]
            for name, linked in found:
                if name not in seen:
                    seen.add(name)
                    yield name, linked

    def list_texts(self) -> Iterator[tuple[str, bytes | None]]:
        """Every file of the tree that ends in one of TEXTS with its bytes, None where it has none."""
        for path, _ in _walk_folder(str(self.root), self._skip, TEXTS):
            try:
                yield self.name_of(path), read_file(path)
            except OSError:
                yield self.name_of(path), None

    def scan(self, paths: Sequence[Path], wanted: Callable[[bytes], bool]) -> Scan:
        """Read every file under `paths` and keep those that `wanted` says hold a candidate.

        Raises InputError for one that is given by its own name and cannot be read; any other is
        skipped.
        """
        result = Scan()
        names: list[str] = []
        for name, linked in self.list_files(paths):
            if linked:
                result.skipped.append(self._skip_link(name))
            else:
                names.append(name)
        result.skipped += [Skipped(self.name_of(name), _ANOTHER) for name in self._others]
        if not names:
            raise InputError(" ".join(str(p) for p in paths), "no .c or .h file here")
        result.files = len(names)
        given = {str(path.resolve()): path for path in paths}
        for item in (self._read_candidate(name, wanted) for name in names):
            if isinstance(item, SourceFile):
                result.candidates.append(item)
            elif item is not None:
                if self._prefix + item.path in given:
                    raise InputError(str(given[self._prefix + item.path]), item.reason)
                result.skipped.append(item)
        return result

    def _skip_link(self, name: str) -> Skipped:
        inside = os.path.realpath(name).startswith(self._prefix)
        where = "its target is read by its own name" if inside else "it leads out of the tree"
        return Skipped(self.name_of(name), f"symbolic link not followed: {where}")

    def _read_candidate(
        self, name: str, wanted: Callable[[bytes], bool]
    ) -> SourceFile | Skipped | None:
        try:
            data = read_file(name)
        except OSError as error:
            return Skipped(self.name_of(name), f"cannot read: {error.strerror}")
        if not wanted(data):
            return None
        if b"\0" in data:
            return Skipped(self.name_of(name), "a NUL byte: not C source text")
        return SourceFile(Path(name), self.name_of(name), data)

    def read(self, path: str) -> bytes | None:
        """The bytes of a header, or None where it cannot be read; each file is read once.

        Afterwards `read_others` says whether one was read that is none of `texts`.
        """
        if path not in self._data:
            try:
                self._data[path] = read_file(path)
                self.read_others |= not self._is_listed(path)
            except (OSError, ValueError):
                self._data[path] = None
        return self._data[path]

    def _is_listed(self, path: str) -> bool:
        """Whether a file is one of `texts`."""
        path = os.path.normpath(path)
        folders = (*self._skip_dirs, *self._others)
        inside = path.startswith(self._prefix) and not any(
            path.startswith(f + "/") for f in folders
        )
        return inside and path.endswith(TEXTS) and "/." not in path.removeprefix(self._prefix[:-1])

    def headers_named(self, name: str) -> list[str]:
        """Every file of the tree whose path ends with `name` (which may hold slashes), sorted."""
        if self._by_name is None:
            index: dict[str, list[str]] = {}
            for path, _ in _walk_folder(str(self.root), self._skip):
                index.setdefault(path.rpartition("/")[2], []).append(path)
            self._by_name = index
        if name not in self._named:
            alike = self._by_name.get(name.rpartition("/")[2], ())
            self._named[name] = [path for path in alike if path.endswith("/" + name)]
        return self._named[name]

    def note_seen(self) -> Seen:
        """What was read by `read` since the last call of this, and all names that were looked for."""
        files = {p: _digest_of(data) for p, data in self._data.items() if p not in self._told}
        self._told |= files.keys()
        return Seen(files, dict(self._named))

    def looks_as(self, seen: Seen) -> bool:
        """Whether one that asks for the same now is given the same."""
        return all(_digest_of(self.read(p)) == known for p, known in seen.files.items()) and all(
            self.headers_named(name) == known for name, known in seen.named.items()
        )


class GivenTree(Tree):
    """A tree of which only the files that were given are there, whatever the disk holds."""

    def __init__(self, root: Path, sources: Iterable[SourceFile]) -> None:
        """`sources` are files below `root`."""
        super().__init__(root)
        self._data = {str(source.path): source.data for source in sources}
        self._by_name = {}
        for path in sorted(self._data):
            self._by_name.setdefault(path.rpartition("/")[2], []).append(path)

    def read(self, path: str) -> bytes | None:
        """The bytes of a given file, None for any other."""
        return self._data.get(path)


def _digest_of(data: bytes | None) -> str | None:
    return None if data is None else sha256(data)


LARGEST = 20_000_000
"""Bytes of a file of C: QEMU's largest has 2 MB."""
TOO_LARGE = "larger than 20 MB, the most that is read"


def read_file(path: str) -> bytes:
    """The bytes of a regular file; anything else (a device, a pipe) is an OSError, never a hang, and so
    is one that is larger than LARGEST."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        info = os.fstat(descriptor)
        if (info.st_mode & 0o170000) != 0o100000:
            raise OSError(22, "not a regular file")
        data = os.read(descriptor, min(info.st_size, LARGEST) + 1)
        while len(data) <= LARGEST and (more := os.read(descriptor, 1 << 20)):
            data += more
        if len(data) > LARGEST:
            raise OSError(errno.EFBIG, TOO_LARGE)
        return data
    finally:
        os.close(descriptor)
