# SPDX-License-Identifier: GPL-2.0-or-later
"""Conversions as fixes of findings: those of whole functions, for a call alone needs its stream."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, replace

from ..convert.conversion import Converter, FileResult
from ..convert.sites import function_span
from ..files.edit import FileChange
from ..files.source import SourceFile
from ..files.tree import Seen
from .cache import Fixes
from .finding import Finding, Replacement

FIXED = "new-primitive"
"""The code of the findings that a conversion ends."""


def fix_functions(
    converter: Converter, sources: Iterable[SourceFile], found: Iterable[Finding]
) -> tuple[list[FileChange], int]:
    """The changes that convert the functions of findings, and how many functions they change."""
    wanted = {(f.path, f.function) for f in found if f.code == FIXED}
    converter.choose(lambda path, function: (path, function) in wanted)
    files = {path for path, _ in wanted}
    results = [converter.convert_file(s) for s in sources if s.name in files]
    changes = [r.change for r in results if r.change is not None]
    return changes, sum(r.functions_changed for r in results)


def replacements_of(
    converter: Converter, sources: Iterable[SourceFile]
) -> tuple[Fixes, list[Seen]]:
    """Of each call in the files what converts its function, as JSON, and what of the tree that
    depends on."""
    fixes: Fixes = []
    for source in sources:
        for (path, offset), made in _of_file(converter.convert_file(source)).items():
            fixes.append((path, offset, json.dumps([astuple(one) for one in made])))
    return fixes, [converter.tree.note_seen()]


def with_replacements(found: Sequence[Finding], fixes: Fixes) -> list[Finding]:
    """The findings, each that a conversion ends with what converts its function."""
    known = {(path, offset): text for path, offset, text in fixes}
    return [
        replace(f, replacements=_read_replacements(known.get((f.path, f.offset), "[]")))
        if f.code == FIXED
        else f
        for f in found
    ]


def _read_replacements(text: str) -> tuple[Replacement, ...]:
    return tuple(Replacement(*values) for values in json.loads(text))


def _of_file(result: FileResult) -> dict[tuple[str, int], tuple[Replacement, ...]]:
    """The replacements of each site's function, by the file and the site's offset."""
    made = {}
    by_span: dict[tuple[int, int], tuple[Replacement, ...]] = {}
    for outcome in result.outcomes:
        span = function_span(outcome.site)
        if span is None:
            continue
        if span not in by_span:
            edits = [e for e in result.edits if span[0] <= e.start and e.end <= span[1]]
            by_span[span] = tuple(
                _make_replacement(result.source, e.start, e.end, e.new) for e in edits
            )
        made[result.source.name, outcome.site.start] = by_span[span]
    return made


def _make_replacement(source: SourceFile, start: int, end: int, new: bytes) -> Replacement:
    line, column = _place_of(source, start)
    end_line, end_column = _place_of(source, end)
    return Replacement(line, column, end_line, end_column, new.decode(source.encoding, "replace"))


def _place_of(source: SourceFile, offset: int) -> tuple[int, int]:
    """A line and a column in UTF-16 code units, both from 1."""
    before = source.decoded(source.line_start(offset), offset)
    return source.position(offset).line, len(before.encode("utf-16-le", "replace")) // 2 + 1
