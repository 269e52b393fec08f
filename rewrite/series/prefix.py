# SPDX-License-Identifier: GPL-2.0-or-later
"""What the subject of a change begins with, as the history of its files has it: `hw/scsi: `, `s390x: `.

QEMU's docs/devel/submitting-a-patch.rst: "If you're not sure what prefix to use, run git log on the
file to see what others did".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from ..errors import InputError
from ..files.git import run_git

Learn = Callable[[Sequence[str]], str]
"""Gives the prefix for changes of some files, paths from the root; empty where none is usual."""

_COMMITS = 60
"""How many commits are looked at: enough for a habit, few enough for a file with a long history."""

_PREFIX = re.compile(r"([A-Za-z0-9][\w./+-]*):\s")
_NO_PREFIX = frozenset(("revert", "fix", "fixes", "re", "note", "cleanup", "treewide", "trivial"))


def usual_prefix(subjects: Sequence[str], names: Sequence[str]) -> str:
    """The prefix that most of some subjects of changes of some files have; empty where few have one.

    One that is a part of each file's path, more than its first folder, is a habit already where it
    came twice: changes of whole trees have others.
    """
    found = [m[1] for m in map(_PREFIX.match, subjects) if m is not None]
    counts = Counter(word for word in found if word.lower() not in _NO_PREFIX)
    tops = {name.partition("/")[0] for name in names}
    usual = [
        (own, times, word)
        for word, times in counts.items()
        for own in (word not in tops and all(word in name for name in names),)
        if times >= max(3, len(subjects) / 5) or (times > 1 and own)
    ]
    return max(usual)[2] if usual else ""


def make_learner(root: Path, commit: str) -> Learn:
    """Learns from the history of a commit; from a tree without one nothing can be learned."""

    def learn(names: Sequence[str]) -> str:
        limits = [f":(literal){name}" for name in names]
        words = ("log", "--no-merges", f"-{_COMMITS}", "--format=%s", commit, "--", *limits)
        try:
            text = run_git(root, *words).decode("utf-8", "replace")
        except InputError:  # a shallow or partial clone may not have it
            return ""
        return usual_prefix(text.splitlines(), names)

    return learn


def learn_nothing(names: Sequence[str]) -> str:
    """Where there is no history."""
    return ""
