# SPDX-License-Identifier: GPL-2.0-or-later
"""Old and new text beside each other, line by line, for a view that marks what was edited.

The edits say which lines belong together and which bytes of a line differ, so nothing is guessed.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise, zip_longest

from ..files.diff import CONTEXT, ChangedLines, edited_blocks
from ..files.edit import Edit, FileChange
from ..files.source import SourceFile


@dataclass(frozen=True)
class Span:
    """The bytes `start` to `end` of a text: whether they were edited, and the site they belong to."""

    start: int
    end: int
    changed: bool
    site: int | None = None


@dataclass(frozen=True)
class LinePiece:
    """A part of a line as it is shown; `site` is the number of the site that it belongs to."""

    text: str
    changed: bool = False
    site: int | None = None


@dataclass(frozen=True)
class LineRow:
    """A line of both texts, numbered from 1; None stands for no line.

    `gap` counts the lines that follow `folded`: those far from any change, which are shown when asked.
    """

    old_line: int | None
    old: tuple[LinePiece, ...]
    new_line: int | None
    new: tuple[LinePiece, ...]
    changed: bool
    gap: int = 0
    folded: bool = False


@dataclass(frozen=True)
class SiteSpan:
    """The bytes of a site in the old text, and its number."""

    start: int
    end: int
    number: int


def make_visible(text: str) -> str:
    """The text with a visible sign for each character that would not show, or would mislead.

    Control characters get their pictures (U+2400), others that have no shape, such as those that
    turn the direction of writing, their number. Tabs stay.
    """
    if text.isascii() and text.replace("\t", "").isprintable():
        return text
    return "".join(map(_visible_sign, text))


def _visible_sign(char: str) -> str:
    code = ord(char)
    if char == "\t" or char.isprintable():
        return char
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if unicodedata.category(char) == "Zs":
        return " "
    return f"<U+{code:04X}>"


class TextComparison:
    """Both texts of one changed file."""

    def __init__(
        self, change: FileChange, edits: Sequence[Edit], sites: Sequence[SiteSpan]
    ) -> None:
        """`edits` are what made the new text; `sites` get their places marked in both texts."""
        self._old = change.source
        self._new = SourceFile(change.source.path, change.source.name, change.new)
        self._runs = edited_blocks(change, edits)
        old, new = _mark_spans(sorted(edits, key=lambda e: (e.start, e.end)), sites)
        self._old_spans, self._new_spans = _Spans(old), _Spans(new)

    def make_rows(self, first: int, last: int) -> tuple[LineRow, ...]:
        """The lines of the old text from `first` to `last` (from 1, both in) and what they became.

        Empty where nothing in them changed. What is further than CONTEXT lines from a change and
        from the first line is folded and counted.
        """
        runs = [r for r in self._runs if first - 1 <= r.start and r.end <= last]
        return tuple(self._shown_rows(runs, first - 1, last)) if runs else ()

    def make_rest(self, ranges: Sequence[tuple[int, int]]) -> tuple[LineRow, ...]:
        """The changes that are in none of these ranges of lines."""
        runs = [
            r for r in self._runs if not any(a - 1 <= r.start and r.end <= b for a, b in ranges)
        ]
        return tuple(chain.from_iterable(self._changed_rows(run) for run in runs))

    def _shown_rows(self, runs: list[ChangedLines], start: int, end: int) -> Iterator[LineRow]:
        at, shift = start, runs[0].new_start - runs[0].start
        keep = 1  # the function's own line is always shown
        for run in runs:
            yield from self._equal_rows(at, run.start, shift, keep, CONTEXT)
            yield from self._changed_rows(run)
            at, shift, keep = run.end, run.new_end - run.end, CONTEXT
        yield from self._equal_rows(at, end, shift, CONTEXT, 0)

    def _equal_rows(
        self, start: int, end: int, shift: int, head: int, tail: int
    ) -> Iterator[LineRow]:
        """Equal lines: the first `head` and last `tail`, what is between folded if it is worth it."""
        hidden = range(start + head, end - tail)
        for line in range(start, end):
            folded = len(hidden) > 1 and line in hidden
            if folded and line == hidden.start:
                yield LineRow(None, (), None, (), False, len(hidden))
            row = self._make_row(line, line + shift, False)
            yield replace(row, folded=True) if folded else row

    def _changed_rows(self, run: ChangedLines) -> Iterator[LineRow]:
        pairs = zip_longest(range(run.start, run.end), range(run.new_start, run.new_end))
        for old, new in pairs:
            yield self._make_row(old, new, True)

    def _make_row(self, old: int | None, new: int | None, changed: bool) -> LineRow:
        left = self._old_spans.cut_pieces(self._old, old, changed) if old is not None else ()
        right = self._new_spans.cut_pieces(self._new, new, changed) if new is not None else ()
        return LineRow(_from_one(old), left, _from_one(new), right, changed)


def _from_one(line: int | None) -> int | None:
    return None if line is None else line + 1


def _mark_spans(edits: Sequence[Edit], sites: Sequence[SiteSpan]) -> tuple[list[Span], list[Span]]:
    """What to mark in the old and in the new text. An edit belongs to the site whose bytes it holds."""
    old: list[Span] = [Span(s.start, s.end, False, s.number) for s in sites]
    new: list[Span] = []
    starts = [s.start for s in sites]
    shift = 0
    for edit in edits:
        at = max(bisect_right(starts, edit.start) - 1, 0)
        inside = [s.number for s in sites[at : at + 2] if s.start < edit.end and edit.start < s.end]
        site = inside[0] if inside else None
        old.append(Span(edit.start, edit.end, True))
        new.append(Span(edit.start + shift, edit.start + shift + len(edit.new), True, site))
        shift += len(edit.new) - (edit.end - edit.start)
    return old, new


class _Spans:
    """Spans of one text, and the lines cut at their ends."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans = sorted((s for s in spans if s.start < s.end), key=lambda s: s.start)
        self._starts = [s.start for s in self._spans]
        self._longest = max((s.end - s.start for s in self._spans), default=0)

    def cut_pieces(self, source: SourceFile, line: int, changed: bool) -> tuple[LinePiece, ...]:
        """Line `line` (from 0) in pieces; edits are marked only where the line did change."""
        starts, data = source.line_starts, source.data
        start = starts[line]
        end = starts[line + 1] - 1 if line + 1 < len(starts) else len(data)
        if source.newline == b"\r\n" and data[end - 1 : end] == b"\r" and end > start:
            end -= 1
        indented = end - len(data[start:end].lstrip())
        near = self._spans[
            bisect_right(self._starts, start - self._longest) : bisect_right(self._starts, end)
        ]
        near = [s for s in near if s.start < end and s.end > start]
        cuts = {start, indented, end}
        cuts |= {min(max(x, indented), end) for s in near for x in (s.start, s.end)}
        ordered = sorted(cuts)
        found = []
        for a, b in pairwise(ordered):
            over = [s for s in near if s.start <= a and b <= s.end and a >= indented]
            marked = changed and any(s.changed for s in over)
            site = next((s.site for s in over if s.site is not None), None)
            found.append(LinePiece(make_visible(source.decoded(a, b)), marked, site))
        return tuple(found)
