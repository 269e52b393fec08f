# SPDX-License-Identifier: GPL-2.0-or-later
"""One way to run git, and what it says of a tree: where its files are, at which commit, who writes."""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from ..printable import one_line
from .tree import TEXTS

if TYPE_CHECKING:
    from tarfile import TarFile, TarInfo


_SETTINGS = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.alternateRefsCommand": "",
    "log.showSignature": "false",
    "commit.gpgSign": "false",
}
"""What a repository may have git start (git-config(1)), and the value with which it starts nothing."""
_VARIABLES = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
"""No index is written, for a hook follows; nothing is fetched, for helpers of the repository's
choice would do it (git(1), git-config(1)). What git says is in English, to be understood here."""
_DUBIOUS = "dubious ownership"
SHALLOW = (
    "this clone is shallow: fetch the history (`git fetch --unshallow`; fetch-depth: 0 in a CI job)"
)
"""What to do where a revision is not there because a clone has a part of the history only."""


def run_git(
    root: Path, *arguments: str, given: bytes = b"", environment: Mapping[str, str] | None = None
) -> bytes:
    """What git writes when run in `root`. Raises InputError with its first line where it fails.

    `environment` replaces the whole environment, None keeps it. A repository may be anybody's:
    git starts no program that its configuration names, and reads files as they are.
    """
    settings = {**_SETTINGS, **(_disable_filters(root) if environment is None else {})}
    return _run_git(root, arguments, given, _merge_variables(environment, settings))


def _run_git(
    root: Path, arguments: Sequence[str], given: bytes, environment: Mapping[str, str]
) -> bytes:
    try:
        ran = subprocess.run(
            ["git", "-C", str(root), *arguments],
            input=given, capture_output=True, check=False, env=environment,
        )  # fmt: skip
    except OSError as error:
        raise InputError("git", f"cannot run: {error.strerror}") from error
    if ran.returncode:
        lines = ran.stderr.decode("utf-8", "replace").strip().splitlines() or ["failed"]
        raise InputError(f"git {arguments[0]}", "; ".join((lines[0], *_find_cure(lines))))
    return ran.stdout


def _find_cure(lines: Sequence[str]) -> list[str]:
    """What git says to do about a repository of another owner, where that is what it complains of."""
    return (
        [line.strip() for line in lines if "safe.directory" in line] if _DUBIOUS in lines[0] else []
    )


def _merge_variables(
    environment: Mapping[str, str] | None, settings: Mapping[str, str]
) -> dict[str, str]:
    """An environment with settings behind those that it has for git already; a later one counts."""
    whole = {**(os.environ if environment is None else environment), **_VARIABLES}
    count = whole.get("GIT_CONFIG_COUNT", "")
    first = int(count) if count.isdecimal() else 0
    for number, (key, value) in enumerate(settings.items(), first):
        whole[f"GIT_CONFIG_KEY_{number}"], whole[f"GIT_CONFIG_VALUE_{number}"] = key, value
    whole["GIT_CONFIG_COUNT"] = str(first + len(settings))
    return whole


@cache
def _disable_filters(root: Path) -> dict[str, str]:
    """Settings by which no filter of a repository runs: git compares files with what is committed
    through programs that the configuration names (gitattributes(5))."""
    pattern = r"^filter\..*\.(clean|smudge|process|required)$"
    words = ("config", "-z", "--name-only", "--get-regexp", pattern)
    try:
        names = _run_git(root, words, b"", _merge_variables(None, _SETTINGS))
    except InputError:  # there is none, or no repository
        return {}
    keys = [os.fsdecode(name) for name in names.split(b"\0") if name]
    return {key: "false" if key.endswith(".required") else "" for key in keys}


def _read_text(root: Path, *arguments: str) -> str:
    return run_git(root, *arguments).decode("utf-8", "replace").strip("\n")


@dataclass(frozen=True)
class Author:
    """A person as git's configuration names one."""

    name: str
    address: str


def find_author(root: Path) -> Author:
    """Who git says writes here: its configuration or environment, never guessed from the host.

    Raises InputError where neither says it.
    """
    ident = _read_text(root, "-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT")
    name, _, rest = ident.partition(" <")
    return Author(name, rest.rpartition("> ")[0])


@dataclass(frozen=True)
class SeriesBase:
    """The commit that a series is based on: its full id, its time in seconds of the Unix epoch, and
    what stands before a path of the tree in the repository (with a slash, or empty)."""

    commit: str
    time: int
    prefix: str


def find_base(root: Path, revision: str | None) -> SeriesBase | None:
    """The commit that `revision` (None: HEAD) names; None in a tree without one.

    Raises InputError where a given revision names no commit, or git does not trust the repository.
    """
    name = "HEAD" if revision is None else revision
    try:
        run_git(root, "rev-parse", "--git-dir")
    except InputError as error:
        if _DUBIOUS in str(error):
            raise
        if revision is None:
            return None
    try:
        commit = commit_of(root, name, "--base")
    except InputError:
        if revision is None:
            return None
        raise
    time = int(_read_text(root, "log", "-1", "--no-show-signature", "--format=%ct", commit))
    return SeriesBase(commit, time, _read_text(root, "rev-parse", "--show-prefix"))


def commit_of(root: Path, revision: str, told: str = "") -> str:
    """The id of the commit that a revision names in the repository at `root`.

    Raises InputError that begins with `told`, or else the revision, and says why there may be none.
    """
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}")
    try:
        return _read_text(root, *words)
    except InputError as error:
        run_git(
            root, "rev-parse", "--git-dir"
        )  # which says what is wrong where it is no repository
        said = f"no such commit: {one_line(revision)}" if told else "no such commit"
        why = f"; {SHALLOW}" if is_shallow(root) else ""
        raise InputError(told or one_line(revision), said + why) from error


def is_shallow(root: Path) -> bool:
    """Whether the repository has a part of its history only, as a CI job's clone often does."""
    try:
        return _read_text(root, "rev-parse", "--is-shallow-repository") == "true"
    except InputError:
        return False


def list_differing(root: Path, base: SeriesBase, names: Sequence[str]) -> list[str]:
    """Those of the files (paths from the root) whose text is not that of the base, sorted."""
    known = set(_list_names(root, "ls-tree", "-r", "--name-only", "-z", base.commit, "--", names))
    changed = _list_names(root, "diff", "--name-only", "-z", "--relative", base.commit, "--", names)
    return sorted({*changed, *(n for n in names if n not in known)})


def _list_names(root: Path, *arguments: str | Sequence[str]) -> list[str]:
    """The names that a git command lists; its last argument is the names to look at."""
    words = [a for a in arguments if isinstance(a, str)]
    limits = [f":(literal){n}" if words[0] == "diff" else n for a in arguments[-1:] for n in a]
    out = run_git(root, *words, *limits)
    return [os.fsdecode(n) for n in out.split(b"\0") if n]


def tree_of(root: Path, revision: str) -> str:
    """The id of all that is in a revision of the repository at `root`, wherever it was committed.

    Raises InputError where the revision names no commit.
    """
    if revision.startswith("-") or not revision:
        raise InputError(revision, "expected a directory, a file or a revision")
    commit = commit_of(root, revision)
    return _read_text(root, "rev-parse", commit + "^{tree}")


def file_of(root: Path, revision: str, path: str) -> bytes | None:
    """The bytes of a file of a revision of the repository at `root`; None where it has no such file.

    Raises InputError where the revision names no commit.
    """
    tree = tree_of(root, revision)
    try:
        return run_git(root, "cat-file", "blob", f"{tree}:{path}")
    except InputError:
        return None


def extract_revision(root: Path, revision: str, folder: Path) -> None:
    """Write the C text of a revision of the repository at `root` below a folder.

    Raises InputError where the revision names no commit or git fails.
    """
    tree = tree_of(root, revision)
    names = run_git(root, "ls-tree", "-r", "--name-only", "-z", tree).split(b"\0")
    if not any(name.endswith((b".c", b".h")) for name in names):
        raise InputError(revision, "no .c or .h file in this revision")
    held = [e for e in TEXTS if any(name.endswith(e.encode()) for name in names)]
    wanted = [f":(glob)**/*{ending}" for ending in held]  # git fails for one that nothing fits
    packed = run_git(root, "archive", "--format=tar", tree, "--", *wanted)
    from tarfile import open as open_tar  # noqa: PLC0415 - slow to import, and seldom wanted

    with open_tar(fileobj=io.BytesIO(packed)) as archive:
        for member in archive:
            _write_member(archive, member, folder)


def _write_member(archive: TarFile, member: TarInfo, folder: Path) -> None:
    """Write a file of an archive below a folder; a link becomes the text that it leads to there.

    tarfile's own filters are younger than Python 3.11, and give up at a link that leads elsewhere:
    that one is left out, for what it leads to is no part of the revision.
    """
    try:
        text = archive.extractfile(member)
    except (KeyError, RecursionError):  # a link to what the archive has not, or to itself
        return
    path = folder / member.name
    if text is not None and ".." not in path.parts:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.read())
