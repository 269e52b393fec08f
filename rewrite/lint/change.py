# SPDX-License-Identifier: GPL-2.0-or-later
"""What a change adds: two states of a git repository, a patch or mailbox, or a recorded baseline."""

from __future__ import annotations

import email
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ..files.source import SourceFile
from ..files.tree import SUFFIXES
from .finding import Finding, only_new
from .git import ChangedFile
from .linter import Linter

_HUNK = re.compile(rb"@@ -\d{1,9}(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@ ?(.*)")
_NAME = re.compile(r"([A-Za-z_]\w*)\s*\(")
_HEAD = re.compile(rb"^[A-Za-z_][^;=#\n]*?\b([A-Za-z_]\w*)\s*\(", re.MULTILINE)
_GIT = re.compile(rb"^diff --git .", re.MULTILINE)
_FROM = re.compile(rb"^From \S+ .*\d{4}\r?$", re.MULTILINE)


def lint_changes(
    linter: Linter, root: Path, changes: Iterable[ChangedFile]
) -> tuple[list[SourceFile], list[Finding]]:
    """The new states of the files, and the findings in them that the old states have not."""
    sources, found, known = [], [], []
    for change in changes:
        if change.old_name:
            old = SourceFile(root / change.old_name, change.old_name, change.old)
            known += [finding.key for finding in linter.lint(old)]
        source = SourceFile(root / change.name, change.name, change.new)
        sources.append(source)
        found += linter.lint(source)
    return sources, only_new(found, known)


# -- patches --------------------------------------------------------------------------------------


@dataclass
class _Hunk:
    """One hunk: per side the lines and, per line, whether the patch adds or removes it."""

    old_name: str
    name: str
    start: int
    context: str
    sides: tuple[list[tuple[bytes, bool]], list[tuple[bytes, bool]]]


def split_messages(data: bytes) -> Iterator[bytes]:
    """The texts of a mailbox or of one mail, their transfer encoding undone; else `data` itself."""
    if not data.startswith(b"From ") and not re.match(rb"[A-Za-z-]+:[ \t]", data):
        yield data
        return
    starts = [m.start() for m in _FROM.finditer(data)] or [0]
    for start, end in zip(starts, [*starts[1:], len(data)], strict=True):
        text = data[start:end]
        if text.startswith(b"From "):
            text = text.partition(b"\n")[2]
        for part in email.message_from_bytes(text).walk():
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                yield payload


def read_hunks(data: bytes) -> Iterator[_Hunk]:
    """The hunks of a unified diff, whatever stands between them."""
    old_name = name = ""
    left = [0, 0]
    hunk: _Hunk | None = None
    for raw in data.split(b"\n"):
        line = raw.removesuffix(b"\r")
        if (
            hunk is not None
            and (left[0] > 0 or left[1] > 0)
            and line[:1] in (b" ", b"+", b"-", b"")
        ):
            mark = line[:1]
            for side, other in ((0, b"+"), (1, b"-")):
                if mark != other:
                    hunk.sides[side].append((line[1:], mark in (b"+", b"-")))
                    left[side] -= 1
            continue
        if hunk is not None and not line.startswith(b"\\"):
            yield hunk
            hunk = None
        if line.startswith(b"--- "):
            old_name = _strip_prefix(line[4:])
        elif line.startswith(b"+++ "):
            name = _strip_prefix(line[4:])
        elif (match := _HUNK.match(line)) is not None:
            left = [int(match[1] or 1), int(match[3] or 1)]
            context = match[4].decode("utf-8", "replace")
            hunk = _Hunk(old_name, name, int(match[2]), context, ([], []))
    if hunk is not None:
        yield hunk


def _strip_prefix(name: bytes) -> str:
    text = name.split(b"\t")[0].strip().strip(b'"').decode("utf-8", "replace")
    return text if text == "/dev/null" else text.partition("/")[2] or text


def is_patch(data: bytes) -> bool:
    """Whether some bytes are a patch or hold one: a hunk, or what git writes of a file without any."""
    return any(
        _GIT.search(text) is not None or next(read_hunks(text), None) is not None
        for text in split_messages(data)
    )


def lint_patch(linter: Linter, data: bytes) -> list[Finding]:
    """What the lines that a patch adds hold, without what it only moves; a pair is never compared."""
    found: list[Finding] = []
    gone: list[tuple[str, str, str]] = []
    for text in split_messages(data):
        for hunk in read_hunks(text):
            gone += [f.key for f in _lint_side(linter, hunk, 0)]
            found += _lint_side(linter, hunk, 1)
    return only_new(found, gone)


def _lint_side(linter: Linter, hunk: _Hunk, side: int) -> list[Finding]:
    """The findings on the changed lines of one side of a hunk."""
    name = (hunk.old_name, hunk.name)[side]
    lines = hunk.sides[side]
    if not name.endswith(SUFFIXES) or linter.config.excludes(name):
        return []
    data = b"\n".join(line for line, _ in lines) + b"\n"
    source = SourceFile(Path(name), name, data)
    found = []
    for one in linter.lint(source):
        changed = any(lines[n - 1][1] for n in range(one.line, min(one.last, len(lines)) + 1))
        function = one.function or _function_above(source, one.offset, hunk.context)
        if not changed or one.code not in ("new-primitive", "bad-suppression"):
            continue
        if function in linter.rules.primitives or linter.rules.plumbing_for(name, function):
            continue
        shift = hunk.start - 1
        message = one.message.replace("in no function", f"in {function}()" if function else "")
        found.append(
            replace(
                one, line=one.line + shift, last=one.last + shift, function=function,
                message=message.strip(),
            )
        )  # fmt: skip
    return found


def _function_above(source: SourceFile, offset: int, context: str) -> str:
    """The function that a place of a hunk is in: a head above it, or what the hunk's header says."""
    heads = list(_HEAD.finditer(source.data, 0, max(offset, 0)))
    if heads:
        return heads[-1][1].decode("utf-8", "replace")
    match = _NAME.search(context)
    return match[1] if match else ""
