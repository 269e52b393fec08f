# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run by pre-commit is to look at: it passes names of files, and the rest in its environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import InputError
from ..files.git import SeriesBase, find_base, list_differing, run_git


def hook_revisions(root: Path, paths: Sequence[Path], environment: Mapping[str, str]) -> str | None:
    """The revisions to compare, as `--since` takes them; None: the files are linted as they are.

    A push, and a run with --from-ref and --to-ref, say which revisions they are about (pre-commit's
    documentation, "Supported git hooks"). A commit is about what differs from HEAD, and only such
    files are passed then: where another one is, the run is for all files (--all-files, --files).
    """
    first = environment.get("PRE_COMMIT_FROM_REF", "")
    second = environment.get("PRE_COMMIT_TO_REF", "")
    if first and second:
        return f"{first}...{second}"
    head = find_base(root, None)
    if head is None:
        return None
    return "HEAD" if _is_merging(root) or _all_differ(root, head, paths) else None


def _all_differ(root: Path, head: SeriesBase, paths: Sequence[Path]) -> bool:
    names = [str(path.resolve().relative_to(root)) for path in paths]
    return set(names) == set(list_differing(root, head, names))


def _is_merging(root: Path) -> bool:
    """Whether a merge is being committed: then files that are taken as HEAD has them are passed too."""
    try:
        run_git(root, "rev-parse", "--verify", "--quiet", "MERGE_HEAD")
    except InputError:
        return False
    return True
