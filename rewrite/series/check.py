# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether git makes of a series what the series is to make: `git am` in a repository of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..files.edit import FileChange
from ..files.git import run_git
from .mail import Mail

_IDENTITY = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "rewrite"), ("EMAIL", "rewrite@localhost"))
}


@dataclass(frozen=True)
class Files:
    """The files of a series: what leads from the first texts to the last, the new ones, the modes."""

    changes: tuple[FileChange, ...]
    created: frozenset[str]
    modes: Mapping[str, int]


def check_series(mails: Sequence[Mail], files: Files) -> None:
    """Raise InputError unless `git am` takes all mails and makes exactly the texts of the changes.

    The user's repository and configuration are neither read nor written.
    """
    with tempfile.TemporaryDirectory(prefix="rewrite-series-") as scratch:
        work, box = Path(scratch, "work"), Path(scratch, "mails")
        environment = _git_environment(Path(scratch))
        _write_base(work, files)
        box.mkdir()
        for mail in mails:
            (box / mail.name).write_bytes(mail.data)
        run_git(work, "init", "--quiet", environment=environment)
        for arguments in (("add", "--all", "--force"), ("commit", "--quiet", "-m", "base")):
            run_git(work, *arguments, environment=environment)
        paths = [str(box / mail.name) for mail in mails]
        run_git(work, "am", "--quiet", *paths, environment=environment)
        for change in files.changes:
            if (work / change.source.name).read_bytes() != change.new:
                raise InputError(change.source.name, "git am makes another text of the series")


def _git_environment(home: Path) -> dict[str, str]:
    """The environment without what would make git look at another repository or configuration."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    places = {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1"}
    return {**kept, **_IDENTITY, **places, "LC_ALL": "C"}


def _write_base(work: Path, files: Files) -> None:
    """Write the first texts, and one more file, for a commit of nothing is none."""
    work.mkdir()
    (work / ".rewrite-base").write_bytes(b"")
    for change in files.changes:
        if change.source.name in files.created:
            continue
        path = work / change.source.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(change.source.data)
        path.chmod(0o644 | (files.modes[change.source.name] & 0o111))
