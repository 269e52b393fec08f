# SPDX-License-Identifier: GPL-2.0-or-later
"""What only a terminal gets: a progress bar, colours, a table by directory. Pipes get plain text."""

from __future__ import annotations

import os
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from ..printable import one_line

if TYPE_CHECKING:
    from rich.progress import Progress

    from ..report.statistics import SiteRecord

COLORS = ("auto", "always", "never")
"""What --color takes: `auto` means on a terminal, unless the environment sets NO_COLOR."""

_PATIENCE = 0.5
"""Seconds of work before a progress bar appears, and rich is imported for it."""

_TABLE_ROWS = 24
"""As many lines of the table fit a terminal; deeper directories are joined until they do."""

_RESET = b"\x1b[m"
_DIFF_COLORS = (
    (b"diff ", b"\x1b[1m"),
    (b"--- ", b"\x1b[1m"),
    (b"+++ ", b"\x1b[1m"),
    (b"@@", b"\x1b[36m"),
    (b"-", b"\x1b[31m"),
    (b"+", b"\x1b[32m"),
)
"""How lines of a diff start, and their colours: those of git's defaults (git-config, color.diff)."""

_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")


def wants_color(choice: str, stream: TextIO) -> bool:
    """Whether output to a stream is coloured, by --color and NO_COLOR (no-color.org)."""
    if choice == "auto":
        return stream.isatty() and not os.environ.get("NO_COLOR") and _is_capable()
    return choice == "always"


def _is_capable() -> bool:
    return os.environ.get("TERM") != "dumb"


def colored_diff(diff: bytes) -> bytes:
    """The diff with terminal colours; control characters of the text are shown, not sent."""
    lines = []
    old = new = 0  # lines of the hunk still to come: a removed `-- x` is no header
    for line in diff.split(b"\n"):
        if not (old > 0 or new > 0):
            color = next((c for start, c in _DIFF_COLORS if line.startswith(start)), b"")
        else:
            color = {b"-": b"\x1b[31m", b"+": b"\x1b[32m"}.get(line[:1], b"")
            old -= line[:1] in (b"-", b" ", b"")
            new -= line[:1] in (b"+", b" ", b"")
        hunk = _HUNK.match(line) if not (old > 0 or new > 0) else None
        if hunk is not None:
            old, new = (int(n) if n is not None else 1 for n in hunk.groups())
        shown = _CONTROL.sub(_spell_control, line)
        lines.append(color + shown + _RESET if color else shown)
    return b"\n".join(lines)


def _spell_control(match: re.Match[bytes]) -> bytes:
    """A control character as `cat -v` spells it."""
    byte = match[0][-1]
    return b"M-^" + bytes([byte - 0x40]) if byte >= 0x80 else b"^" + bytes([byte ^ 0x40])


@contextmanager
def show_progress(label: str, quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error while it is a terminal; advance it with (done, all)."""
    if quiet or not sys.stderr.isatty() or not _is_capable():
        yield lambda done, total: None
        return
    bar = _Bar(label)
    try:
        yield bar.advance
    finally:
        bar.close()


class _Bar:
    """A progress bar that appears only when the work turns out to be long."""

    def __init__(self, label: str) -> None:
        self._label, self._began = label, time.monotonic()
        self._progress: Progress | None = None

    def advance(self, done: int, total: int) -> None:
        if self._progress is None:
            if time.monotonic() - self._began < _PATIENCE:
                return
            self._progress = self._shown_bar()
        self._progress.update(self._progress.task_ids[0], completed=done, total=total)

    def _shown_bar(self) -> Progress:
        from rich.console import Console
        from rich.progress import Progress

        shown = Progress(console=Console(stderr=True), transient=True)
        shown.add_task(self._label, total=None)
        shown.start()
        return shown

    def close(self) -> None:
        if self._progress is not None:
            self._progress.stop()


def directory_table(sites: Iterable[SiteRecord], color: bool) -> str:
    """The sites by directory and outcome, as a table in plain text; empty without a site."""
    folders: dict[str, Counter[str]] = {}
    for site in sites:
        folders.setdefault(site["path"].rpartition("/")[0], Counter())[site["outcome"]] += 1
    rows = _join_folders(folders)
    if not rows:
        return ""
    total = sum(rows.values(), Counter[str]())
    width = max(len(name) for name in (*rows, "directory"))
    head = f"{'directory':<{width}}  {'sites':>6}  converted  plumbing  refused"
    lines = [_make_bold(head) if color else head]
    lines += [_make_row(name, counts, width, color) for name, counts in sorted(rows.items())]
    if len(rows) > 1:
        lines.append(_make_row("all", total, width, color))
    return "\n".join(lines) + "\n"


def _join_folders(folders: Mapping[str, Counter[str]]) -> dict[str, Counter[str]]:
    """The rows of the table: directories cut at the depth at which they fit."""
    depth = max((name.count("/") + 1 for name in folders), default=0)
    while True:
        rows: dict[str, Counter[str]] = {}
        for name, counts in folders.items():
            short = "/".join(name.split("/")[:depth])
            rows.setdefault(one_line(short or ".") + "/", Counter()).update(counts)
        if len(rows) <= _TABLE_ROWS or depth == 1:
            return rows
        depth -= 1


def _make_bold(text: str) -> str:
    return f"\x1b[1m{text}\x1b[m"


def _make_row(name: str, counts: Counter[str], width: int, color: bool) -> str:
    cells = [
        (f"{counts.total():>6}", ""),
        (f"{counts['converted']:>9}", "32"),
        (f"{counts['plumbing']:>8}", ""),
        (f"{counts['refused']:>7}", "33" if counts["refused"] else ""),
    ]
    painted = [f"\x1b[{code}m{text}\x1b[m" if color and code else text for text, code in cells]
    return "  ".join([f"{name:<{width}}", *painted])
