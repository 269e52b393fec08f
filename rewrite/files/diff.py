# SPDX-License-Identifier: GPL-2.0-or-later
"""Changes as a unified diff, written as git writes it, byte for byte.

The converter knows what it edited, so no search for a longest common subsequence is needed: the
line ranges of the edits are the places that differ. Without edits, lines that occur once in both
texts anchor the comparison, which is close to linear where comparing all lines is not.
"""

from __future__ import annotations

import difflib
import os
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .edit import Edit, FileChange, apply_edits

CONTEXT = 3
"""Unchanged lines around a change, as `diff -u` and git show."""

_FUNCTION_BYTES = 80
"""Git cuts the function name of a hunk header after as many bytes (xdiff/xemit.c, func_line)."""

_SMALL_BLOCK = 2500
"""Old lines times new lines up to which difflib's quadratic search is cheap enough."""

_ESCAPES = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 34: '"', 92: "\\"}
"""The bytes that git escapes with a letter in a quoted name (quote.c); others are octal."""


@dataclass(frozen=True)
class ChangedLines:
    """Old lines `start` to `end` (exclusive) became new lines `new_start` to `new_end`, from 0."""

    start: int
    end: int
    new_start: int
    new_end: int


@dataclass(frozen=True)
class _Lines:
    """Both texts of a file as lines that keep their line ends."""

    old: list[bytes]
    new: list[bytes]


def unified_diff(
    change: FileChange,
    edits: Sequence[Edit] | None = None,
    *,
    created: bool = False,
    index: str = "",
) -> bytes:
    """The change as git shows it; empty where nothing changed.

    `edits` are what made `change.new` of the old text, if the caller knows: the diff then shows
    those places and no others. Raises ValueError where they make something else. `created` says
    that the file is new; its old text must be empty. `index` is the header line of that name, which
    mails have for `git am --3way`.
    """
    texts = _Lines(_split_lines(change.source.data), _split_lines(change.new))
    runs = _differing_runs(change, texts, edits)
    if not runs and not created:
        return b""
    pieces = [_make_header(change.source.name, created, bool(runs), index)]
    function = b""
    searched = 0
    for group in _group_runs(runs):
        first = max(group[0].start - CONTEXT, 0)
        function = _function_above(texts.old, first, searched) or function
        searched = first
        pieces += _make_hunk(texts, group, function)
    return b"".join(pieces)


def count_lines(change: FileChange, edits: Sequence[Edit] | None = None) -> tuple[int, int]:
    """How many lines the diff of the change adds and how many it removes."""
    runs = _differing_runs(
        change, _Lines(_split_lines(change.source.data), _split_lines(change.new)), edits
    )
    return sum(r.new_end - r.new_start for r in runs), sum(r.end - r.start for r in runs)


def edited_blocks(change: FileChange, edits: Sequence[Edit]) -> list[ChangedLines]:
    """The lines that differ, for a view side by side: one run for each edit that has its own lines."""
    texts = _Lines(_split_lines(change.source.data), _split_lines(change.new))
    blocks = _edited_ranges(change, edits, len(texts.old), apart=True)
    trimmed = (_trim_run(texts, block) for block in blocks)
    return [run for run in trimmed if run.start < run.end or run.new_start < run.new_end]


def quote_name(name: str, prefix: str = "") -> str:
    """`prefix` and `name` as git's diff headers spell them.

    Bytes outside printable ASCII, quotes and backslashes are escaped, and the whole is put in
    quotes if there is any (git's default, core.quotePath).
    """
    raw = os.fsencode(prefix + name)
    escaped = "".join(map(_escape_byte, raw))
    return escaped if len(escaped) == len(raw) else f'"{escaped}"'


def make_diffstat(changes: Iterable[FileChange], width: int = 80) -> str:
    """The table of `git diff --stat`: files, changed lines, a bar that fits `width`, the sums."""
    rows = [(quote_name(change.source.name), *count_lines(change)) for change in changes]
    most = max((added + removed for _, added, removed in rows), default=0)
    digits = len(str(most))
    names, bars = _column_widths(
        max((len(name) for name, _, _ in rows), default=0), digits, most, width
    )
    table = [
        f" {_shorten_name(name, names):<{names}} | {added + removed:>{digits}} "
        f"{_draw_bar(added, removed, most, bars)}".rstrip()
        for name, added, removed in rows
    ]
    table.append(_summarise_changes(len(rows), sum(r[1] for r in rows), sum(r[2] for r in rows)))
    return "\n".join(table) + "\n"


def _split_lines(data: bytes) -> list[bytes]:
    """The lines with their ends; only LF ends a line, so that a lone CR stays inside one."""
    lines = [line + b"\n" for line in data.split(b"\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def _differing_runs(
    change: FileChange, texts: _Lines, edits: Sequence[Edit] | None
) -> list[ChangedLines]:
    """Every place where the lines of the two texts differ, in order, none touching another."""
    if edits is None:
        return list(_compare_lines(texts, ChangedLines(0, len(texts.old), 0, len(texts.new))))
    if apply_edits(change.source.data, edits) != change.new:
        raise ValueError(f"the edits of {change.source.name} do not make its new text")
    ranges = _edited_ranges(change, edits, len(texts.old))
    return [run for edited in ranges for run in _compare_lines(texts, edited)]


def _edited_ranges(
    change: FileChange, edits: Sequence[Edit], lines: int, *, apart: bool = False
) -> Iterator[ChangedLines]:
    """The whole lines that the edits touch; edits that share lines share a range.

    Edits of adjoining lines do so too, unless they are to be kept `apart`.

    A range ends with a line end that no edit touches, or with the text, so the new text has the
    same lines between the ranges.
    """
    starts = change.source.line_starts
    shift = 0
    group: list[Edit] = []
    first = end = 0
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        line = min(bisect_right(starts, edit.start) - 1, lines)
        if group and line + apart > end:
            yield ChangedLines(
                first, end, first + shift, end + shift + _count_growth(change, group)
            )
            shift += _count_growth(change, group)
            group = []
        first = first if group else line
        end = min(bisect_right(starts, edit.end), lines)
        group.append(edit)
    if group:
        # What follows the last range is unchanged, whatever became of the final line end.
        yield ChangedLines(first, end, first + shift, len(_split_lines(change.new)) - (lines - end))


def _count_growth(change: FileChange, edits: Iterable[Edit]) -> int:
    """How many lines the edits add, less those they remove."""
    count = change.source.data.count
    return sum(e.new.count(b"\n") - count(b"\n", e.start, e.end) for e in edits)


def _compare_lines(texts: _Lines, whole: ChangedLines) -> Iterator[ChangedLines]:
    """The differing runs inside `whole`, in order."""
    pending = [whole]
    while pending:
        run = _trim_run(texts, pending.pop())
        if run.start == run.end and run.new_start == run.new_end:
            continue
        if run.start == run.end or run.new_start == run.new_end:
            yield run
        elif parts := _split_at_anchors(texts, run):
            pending += reversed(parts)
        else:
            yield from _compare_block(texts, run)


def _trim_run(texts: _Lines, run: ChangedLines) -> ChangedLines:
    """The run without the equal lines that it starts and ends with."""
    old, new = texts.old, texts.new
    start, end, new_start, new_end = run.start, run.end, run.new_start, run.new_end
    while start < end and new_start < new_end and old[start] == new[new_start]:
        start += 1
        new_start += 1
    while start < end and new_start < new_end and old[end - 1] == new[new_end - 1]:
        end -= 1
        new_end -= 1
    return ChangedLines(start, end, new_start, new_end)


def _split_at_anchors(texts: _Lines, run: ChangedLines) -> list[ChangedLines]:
    """The run cut before each line that anchors it, without equal parts; empty if none does."""
    anchors = _find_anchors(texts, run)
    if not anchors:
        return []
    start, new_start = anchors[0]
    cuts = pairwise([*anchors, (run.end, run.new_end)])
    return [ChangedLines(run.start, start, run.new_start, new_start)] + [
        ChangedLines(a, b, c, d) for (a, c), (b, d) in cuts if b - a > 1 or d - c > 1
    ]


def _find_anchors(texts: _Lines, run: ChangedLines) -> list[tuple[int, int]]:
    """The lines that occur once in each text of the run and are in the same order in both."""
    in_old = Counter(texts.old[run.start : run.end])
    in_new = Counter(texts.new[run.new_start : run.new_end])
    new_at = {
        line: at
        for at, line in enumerate(texts.new[run.new_start : run.new_end], run.new_start)
        if in_new[line] == 1 and in_old[line] == 1
    }
    pairs = [
        (at, new_at[line])
        for at, line in enumerate(texts.old[run.start : run.end], run.start)
        if line in new_at
    ]
    return _longest_increasing(pairs)


def _longest_increasing(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest choice of `pairs`, which ascend in the first, that ascends in the second too."""
    tails: list[int] = []
    tops: list[int] = []
    before: list[int] = []
    for index, (_, value) in enumerate(pairs):
        pile = bisect_left(tails, value)
        before.append(tops[pile - 1] if pile else -1)
        tails[pile : pile + 1] = [value]
        tops[pile : pile + 1] = [index]
    chosen = []
    index = tops[-1] if tops else -1
    while index >= 0:
        chosen.append(pairs[index])
        index = before[index]
    return chosen[::-1]


def _compare_block(texts: _Lines, run: ChangedLines) -> Iterator[ChangedLines]:
    """The differing runs of a block without anchors: exact where it is small, else all of it."""
    old = texts.old[run.start : run.end]
    new = texts.new[run.new_start : run.new_end]
    if len(old) * len(new) > _SMALL_BLOCK:
        yield run
        return
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield ChangedLines(run.start + a, run.start + b, run.new_start + c, run.new_start + d)


def _group_runs(runs: Sequence[ChangedLines]) -> Iterator[list[ChangedLines]]:
    """The runs in groups whose context meets."""
    group: list[ChangedLines] = []
    for run in runs:
        if group and run.start - group[-1].end > 2 * CONTEXT:
            yield group
            group = []
        group.append(run)
    if group:
        yield group


def _function_above(lines: Sequence[bytes], before: int, after: int) -> bytes:
    """The nearest line from `after` to `before` that git's default driver takes for a function."""
    for at in range(before - 1, after - 1, -1):
        first = lines[at][:1]
        if first.isalpha() or first in (b"_", b"$"):
            return lines[at].removesuffix(b"\n")[:_FUNCTION_BYTES].rstrip(b" \t\r")
    return b""


def _make_hunk(texts: _Lines, group: Sequence[ChangedLines], function: bytes) -> Iterator[bytes]:
    """One hunk: its header, then its lines."""
    start = max(group[0].start - CONTEXT, 0)
    end = min(group[-1].end + CONTEXT, len(texts.old))
    new_start = group[0].new_start - (group[0].start - start)
    new_end = group[-1].new_end + (end - group[-1].end)
    old_range, new_range = _spell_range(start, end), _spell_range(new_start, new_end)
    yield f"@@ -{old_range} +{new_range} @@".encode() + (b" " + function if function else b"")
    yield b"\n"
    for run in group:
        yield from _mark_lines(b" ", texts.old[start : run.start])
        yield from _mark_lines(b"-", texts.old[run.start : run.end])
        yield from _mark_lines(b"+", texts.new[run.new_start : run.new_end])
        start = run.end
    yield from _mark_lines(b" ", texts.old[start:end])


def _spell_range(start: int, end: int) -> str:
    """Lines `start` to `end` as a hunk header counts: from 1, an empty range by the line above."""
    if end - start == 1:
        return str(end)
    return f"{start + (end > start)},{end - start}"


def _mark_lines(mark: bytes, lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines, each after `mark`, and a note where the text ends without a line end."""
    for line in lines:
        yield mark + line
        if not line.endswith(b"\n"):
            yield b"\n\\ No newline at end of file\n"


def _make_header(name: str, created: bool, lines: bool, index: str) -> bytes:
    """What stands before the hunks.

    Without the `diff --git` line, `git apply` would take a text that becomes empty for a file to
    delete. A name with a space is followed by a tab, where `patch` would look for a time.
    """
    old, new = quote_name(name, "a/"), quote_name(name, "b/")
    header = [f"diff --git {old} {new}"]
    if created:
        header.append("new file mode 100644")
    if index:
        header.append(index)
    if lines:
        tab = "\t" if " " in name else ""
        header += ["--- /dev/null" if created else f"--- {old}{tab}", f"+++ {new}{tab}"]
    return "\n".join([*header, ""]).encode()


def _escape_byte(byte: int) -> str:
    """One byte of a name as git quotes it."""
    if byte in _ESCAPES:
        return "\\" + _ESCAPES[byte]
    return chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}"


def _column_widths(longest: int, digits: int, most: int, width: int) -> tuple[int, int]:
    """The widths of names and bars: bars get 3/8 of the table where both don't fit (show_stats)."""
    rest = width - digits - 6
    bars = most
    if longest + bars > rest:
        bars = min(bars, max(width * 3 // 8 - digits - 6, 6))
        longest = min(longest, rest - bars)
        bars = min(most, rest - longest)
    return longest, bars


def _shorten_name(name: str, width: int) -> str:
    """The name, or as much of its end as fits, from a directory on where possible."""
    if len(name) <= width:
        return name
    end = name[len(name) - max(width - 3, 0) :]
    return "..." + end[max(end.find("/"), 0) :]


def _draw_bar(added: int, removed: int, most: int, width: int) -> str:
    """Plus and minus signs for the lines of one file, to scale where `width` is too small."""
    if width < most:
        total = _scale_count(added + removed, width, most)
        if added and removed:
            total = max(total, 2)
        if added < removed:
            added = _scale_count(added, width, most)
            removed = total - added
        else:
            removed = _scale_count(removed, width, most)
            added = total - removed
    return "+" * added + "-" * removed


def _scale_count(count: int, width: int, most: int) -> int:
    """`count` of `most` as a part of `width`, at least 1 for anything."""
    return 1 + count * (width - 1) // most if count else 0


def _summarise_changes(files: int, added: int, removed: int) -> str:
    """The last line of the table."""
    parts = [f" {files} file{'s' * (files != 1)} changed"]
    if added or not removed:
        parts.append(f"{added} insertion{'s' * (added != 1)}(+)")
    if removed or not added:
        parts.append(f"{removed} deletion{'s' * (removed != 1)}(-)")
    return ", ".join(parts if files else parts[:1])
