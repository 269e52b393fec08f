# SPDX-License-Identifier: GPL-2.0-or-later
"""Where an edit of support code goes: a line that is there once, in a function or in the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..files.source import SourceFile
from ..rules.ruleset import SupportEdit

END = "}"
"""The anchor that stands for the last line of the function or struct."""


@dataclass(frozen=True)
class InsertionPlace:
    """The offset at which new lines go, what each starts with, what comes before the first."""

    offset: int
    indentation: str
    before: str = ""


@dataclass(frozen=True)
class _TextLine:
    """A line: its start, its end after the line end, its text with single spaces."""

    start: int
    end: int
    text: str


def find_place(source: SourceFile, rule: SupportEdit) -> InsertionPlace | None:
    """The place of an edit in a file, or None where the anchor is missing or there twice."""
    lines = _split_lines(source)
    if rule.place == "end":
        return _find_end(lines)
    if rule.inside:
        lines = _find_region(source, lines, rule.inside)
    found = lines[-1:] if rule.anchor == END else [x for x in lines if rule.anchor in x.text]
    if len(found) != 1:
        return None
    offset = found[0].start if rule.place == "before" else found[0].end
    return InsertionPlace(offset, source.indentation(found[0].start).decode("latin-1"))


def not_found(alternatives: Sequence[SupportEdit]) -> str:
    """What to say where no alternative of a step has its place."""
    looked = []
    for rule in alternatives:
        where = ", ".join(rule.path) or f"the header that declares {rule.declares}"
        inside = f" in `{rule.inside}`" if rule.inside else ""
        what = f"`{rule.anchor}`" if rule.anchor else "an #endif"
        looked.append(f"{what}{inside} once in {where}")
    tried = "; or ".join(dict.fromkeys(looked))
    return f"no place for the {alternatives[0].step} of the support code: expected {tried}"


def _split_lines(source: SourceFile) -> list[_TextLine]:
    starts = [*source.line_starts, len(source.data)]
    return [
        _TextLine(start, end, " ".join(source.data[start:end].decode("latin-1").split()))
        for start, end in pairwise(starts)
    ]


def _find_end(lines: list[_TextLine]) -> InsertionPlace | None:
    """Before the last #endif, after an empty line."""
    at = [index for index, line in enumerate(lines) if line.text.startswith("#endif")]
    if not at:
        return None
    blank = at[-1] > 0 and not lines[at[-1] - 1].text
    return InsertionPlace(lines[at[-1]].start, "", "" if blank else "\n")


def _find_region(source: SourceFile, lines: list[_TextLine], inside: str) -> list[_TextLine]:
    """The lines of the function or struct whose first line contains `inside`; empty for none."""
    for index, line in enumerate(lines):
        margin = source.data[line.start : line.start + 1]
        if inside in line.text and (margin.isalpha() or margin == b"_"):
            region = _until_brace(source, lines[index:])
            if region:
                return region
    return []


def _until_brace(source: SourceFile, lines: list[_TextLine]) -> list[_TextLine]:
    """The lines up to a closing brace at the margin; empty for a declaration, which has no body."""
    opened = False
    for index, line in enumerate(lines):
        opened = opened or "{" in line.text
        if not opened and line.text.endswith(";"):
            return []
        if source.data[line.start : line.start + 1] == b"}":
            return lines[: index + 1]
    return []
