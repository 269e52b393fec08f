# SPDX-License-Identifier: GPL-2.0-or-later
"""SHA-256 as this package uses it: of one text, and as one name for several."""

from __future__ import annotations

from collections.abc import Iterable


def sha256(data: bytes) -> str:
    """The SHA-256 of a text, in hexadecimal digits. The module is slow to import, so it is late."""
    import hashlib

    return hashlib.sha256(data).hexdigest()


def digest_parts(parts: Iterable[bytes]) -> str:
    """One name for a sequence of byte strings; another sequence has another."""
    import hashlib

    whole = hashlib.sha256()
    for part in parts:
        whole.update(b"%d:" % len(part))
        whole.update(part)
    return whole.hexdigest()
