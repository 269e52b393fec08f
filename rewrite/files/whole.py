# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes a file of any length whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


def write_whole(path: Path, pieces: Iterable[bytes]) -> None:
    """Write the pieces as a file, which is not there, or is what it was, before all are written.

    What is no regular file (a pipe, a terminal) is written to as it is. Raises OSError, and whatever
    making the pieces raises.
    """
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            file.writelines(pieces)
        return
    path = path.resolve()
    descriptor, name = tempfile.mkstemp(prefix=".rewrite-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(pieces)
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~mask)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink()
        raise
