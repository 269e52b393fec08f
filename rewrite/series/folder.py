# SPDX-License-Identifier: GPL-2.0-or-later
"""The folder that the mails of a series are written to: all of them or none."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ..errors import InputError
from ..printable import shown
from .mail import Mail

_SCRATCH = ".rewrite-"
"""How the folder begins in which mails are written before they are moved."""


def _version_of(name: str) -> str | None:
    """What a mail's file name says before its number, such as "v2-"; None for another file's name."""
    match = re.match(r"((?:v\d+-)?)\d{4}-", name)
    return match[1] if match is not None else None


def store_mails(folder: Path, mails: Sequence[Mail]) -> None:
    """Write all mails or none into a folder without mails of the same version.

    A mail that is left of an earlier series would be sent with this one. A folder that is not there
    yet appears with all mails in one step; in one that is, a run that is killed in between leaves a
    folder of its own, and the next one says so. Raises InputError.
    """
    try:
        is_new = not folder.exists()
        if not is_new:
            _check_is_free(folder, _version_of(mails[0].name))
        around = folder.parent if is_new else folder
        around.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=around) as scratch:
            made = Path(scratch, "mails")
            made.mkdir()
            for mail in mails:
                (made / mail.name).write_bytes(mail.data)
            if is_new:
                made.rename(folder)
            else:
                for mail in mails:
                    (made / mail.name).rename(folder / mail.name)
    except OSError as error:
        raise InputError(str(folder), f"cannot write: {error.strerror}") from error


def _check_is_free(folder: Path, version: str | None) -> None:
    """Raise InputError for a folder that has mails of a version, or what a killed run left."""
    for path in sorted(folder.glob(f"{_SCRATCH}*")):
        raise InputError(
            shown(path), "a run was killed as it wrote mails: remove this and what it wrote"
        )
    for path in sorted(folder.glob("*.patch")):
        if _version_of(path.name) == version:
            raise InputError(
                shown(path), "is there already: remove the old series or use another folder"
            )
