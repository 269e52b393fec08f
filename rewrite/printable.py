# SPDX-License-Identifier: GPL-2.0-or-later
"""What may be printed for a person: nothing that a terminal would obey, or that can't be encoded."""

from __future__ import annotations

import os
import re
from pathlib import Path

_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_COMMAND = re.compile(r"\s*(?:::|##)")
"""How a line begins that the programs which run jobs of continuous integration obey."""


def printable(text: str) -> str:
    r"""The text with control characters as `\x1b`, newlines and tabs kept.

    File names and source text are anybody's: a name may hold an escape sequence, or bytes that are
    no UTF-8, which Python keeps as lone surrogates (PEP 383) and shows here as the bytes they are.
    What turns the direction of text (Unicode's bidirectional controls and marks) or has no width is
    spelled out as well.
    """
    return _HARMFUL.sub(_spelled, text)


def one_line(name: str) -> str:
    r"""A file's name in a message that is one line: `\n` stands for a newline in it."""
    return printable(name).replace("\n", "\\n").replace("\t", "\\t")


def quoted(value: object) -> str:
    """A value of somebody's input in a message: as JSON spells it, on one line."""
    import json

    return one_line(json.dumps(value, ensure_ascii=False, default=str))


def as_place(name: str) -> str:
    """A file's name at the beginning of a line: `./` stands before one that would be a command there."""
    told = one_line(name)
    return f"./{told}" if _COMMAND.match(told) else told


def shown(path: Path) -> str:
    """A path as a person can open it from here."""
    here = str(Path.cwd()) + os.sep
    return as_place(str(path).removeprefix(here))


def _spelled(match: re.Match[str]) -> str:
    code = ord(match.group())
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
