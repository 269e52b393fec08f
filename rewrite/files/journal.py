# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a run that changes a tree writes what it does, so that others can tell one that was killed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

JOURNAL = ".rewrite-journal"
"""The file in a tree's root that lists what a run changes, while it does."""


def find_journals(places: Iterable[Path]) -> list[Path]:
    """The journals of runs that are not done, in these resolved places and in all folders above them.

    A run names its tree's root, which another run may look for elsewhere (--root).
    """
    folders = dict.fromkeys(folder for place in places for folder in (place, *place.parents))
    return [folder / JOURNAL for folder in folders if os.path.lexists(folder / JOURNAL)]
