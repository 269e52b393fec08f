# SPDX-License-Identifier: GPL-2.0-or-later
"""Assembly text as gcc and clang write it, cut into functions and made comparable.

Only names that the compiler numbers are evened out: a local label becomes its place in the
function, a constant or a local static becomes what it contains. So two equal listings are the same
machine code on the same data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_SYMBOL = re.compile(
    r'"?([A-Za-z_$][\w.$]*|\.LC\d+|\.LCPI\d+_\d+|\.L\.str[.\d]*|\.L__[\w.]+|\.Lswitch[\w.]*)"?:'
)
_DATA = re.compile(
    r"\s*\.(?:long|quad|short|value|byte|int|word|2byte|4byte|8byte|octa|string|ascii|asciz|zero|"
    r"skip|float|double)\b"
)
_COMMENT = re.compile(r'\s+#(?=[^"]*$).*|\s+##.*')
_END = re.compile(r"\s*\.size\s")
_NUMBERED = re.compile(r"\.L\.?[A-Za-z_][\w.]*|\.L[\d_]+|\b[A-Za-z_][\w$]*(?:\.\d+)+\b")
_DEPTH = 4  # how far a table's entries are followed

Listing = tuple[str, ...]


def list_functions(assembly: str) -> dict[str, Listing]:
    """The comparable listing of each symbol of an assembly text."""
    blocks = _split_blocks(assembly)
    return {
        name: _normalise_lines(lines, blocks) for name, lines in blocks.items() if name[0] != "."
    }  # fmt: skip


def _split_blocks(assembly: str) -> dict[str, list[str]]:
    """The lines of code and data behind each label that starts something."""
    blocks: dict[str, list[str]] = {}
    current: list[str] | None = None
    for raw in assembly.splitlines():
        symbol = _SYMBOL.match(raw)
        if symbol is not None:
            current = blocks.setdefault(symbol[1].removesuffix(".cold"), [])
        elif _END.match(raw):
            current = None
        elif current is not None and _is_counted(raw):
            current.append(" ".join(_COMMENT.sub("", raw).split()))
    return blocks


def _is_counted(line: str) -> bool:
    """Whether a line is code, data or a label, and neither a comment nor a directive."""
    bare = line.strip()
    if not bare or bare[0] == "#":
        return False
    return bare[0] != "." or bare.endswith(":") or _DATA.match(line) is not None


def _normalise_lines(lines: list[str], blocks: Mapping[str, list[str]], depth: int = 0) -> Listing:
    numbers: dict[str, str] = {}

    def name(match: re.Match[str]) -> str:
        label = match[0]
        content = blocks.get(label)
        if content is not None and depth < _DEPTH and _is_data(content):
            stem = "" if label[0] == "." else re.sub(r"\.\d+", "", label)
            return f"{stem}<{' '.join(_normalise_lines(content, blocks, depth + 1))}>"
        return numbers.setdefault(label, f"L{len(numbers)}")

    return tuple(_NUMBERED.sub(name, line) for line in lines)


def _is_data(lines: list[str]) -> bool:
    return bool(lines) and all(_DATA.match(line) for line in lines)


def side_by_side(old: Listing, new: Listing, around: int = 6) -> str:
    """Both listings in two columns about the first difference, which is marked with `>`."""
    first = next(
        (n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b),
        min(len(old), len(new)),
    )
    rows = []
    for n in range(max(0, first - around), min(max(len(old), len(new)), first + around + 1)):
        left, right = (text[n] if n < len(text) else "" for text in (old, new))
        mark = ">" if n == first else "|" if left != right else " "
        rows.append(f"{mark} {left[:52]:52}  {right[:52]}".rstrip())
    return "\n".join(rows)
