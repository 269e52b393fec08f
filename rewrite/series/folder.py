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


def _version_of(name: str) -> str | None:
    """What a mail's file name says before its number, such as "v2-"; None for another file's name."""
    match = re.match(r"((?:v\d+-)?)\d{4}-", name)
    return match[1] if match is not None else None


def store_mails(folder: Path, mails: Sequence[Mail]) -> None:
    """Write all mails or none into a folder without mails of the same version.

    A mail that is left of an earlier series would be sent with this one.
    """
    version = _version_of(mails[0].name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(folder.glob("*.patch")):
            if _version_of(path.name) == version:
                raise InputError(
                    shown(path), "is there already: remove the old series or use another folder"
                )
        with tempfile.TemporaryDirectory(prefix=".rewrite-", dir=folder) as scratch:
            for mail in mails:
                Path(scratch, mail.name).write_bytes(mail.data)
            for mail in mails:
                Path(scratch, mail.name).rename(folder / mail.name)
    except OSError as error:
        raise InputError(str(folder), f"cannot write: {error.strerror}") from error
