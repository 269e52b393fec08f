# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls of macros between the declarations of a file, which may define what no declaration shows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from .headers import Header

_CALL = re.compile(rb"^[ \t]*([A-Za-z_]\w*)[ \t]*\(([^;{}]*?)\)[ \t]*(?:;|$)", re.MULTILINE)
_WORD = re.compile(r"[A-Za-z_]\w*")
_ENUM = re.compile(r"\benum\b")


@dataclass(frozen=True)
class FileLevelCall:
    """A call that is a line of its own: the macro, the text, the words in its brackets."""

    macro: str
    text: str
    words: tuple[str, ...]


@lru_cache(maxsize=4096)
def calls_at_file_level(header: Header) -> tuple[FileLevelCall, ...]:
    """The lines of a file that are calls, those in functions among them."""
    return tuple(_find_calls(header))


def _find_calls(header: Header) -> list[FileLevelCall]:
    made = []
    for match in _CALL.finditer(header.code):
        macro, inner = (part.decode("latin-1") for part in match.groups())
        made.append(FileLevelCall(macro, f"{macro}({inner})", tuple(_WORD.findall(inner))))
    return made


@lru_cache(maxsize=4096)
def list_enumerating_macros(header: Header) -> frozenset[str]:
    """The function-like macros of a header whose body has an enum."""
    if b"enum" not in header.data:
        return frozenset()
    return frozenset(
        name
        for name, found in header.macros.items()
        if any(m.parameters and _ENUM.search(m.body) for m in found)
    )
