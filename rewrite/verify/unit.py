# SPDX-License-Identifier: GPL-2.0-or-later
"""The proof for one file compiled in one way: each changed function's two listings compared."""

from __future__ import annotations

import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from . import asm, gimple
from .asm import Listing, side_by_side
from .build import Command, Method, invocation, methods_for
from .shim import READS
from .text import UNIT_NAME, Changed

PROVED, DIFFERS, WARNS = "proved", "differs", "new-warning"
UNSETTLED = "unsettled"
"""Machine code differs, and clang is not there, which proves some of what gcc alone cannot."""
BROKEN, OLD_BROKEN, ABSENT = "new-does-not-compile", "old-does-not-compile", "not-in-build"

ENVIRONMENT = {**os.environ, "LC_ALL": "C"}
"""What every compiler is started with."""
_WARNINGS = ("-Wall", "-Wno-error", "-Wno-unused", "-Wmaybe-uninitialized")
_UNINITIALISED = (
    "-Wno-error",
    "-Wuninitialized",
    "-Wmaybe-uninitialized",
    f"-D{READS}",
    "-ftrack-macro-expansion=0",
)
_INITIAL = "-ftrivial-auto-var-init="
"""With this, which QEMU's build has from 8.2 on, gcc warns of a variable, and no more of its use."""
_DIAGNOSTIC = re.compile(r"(.*?):(\d+):(?:\d+:)? (warning|error|fatal error|note): (.*)")


@dataclass(frozen=True)
class Verdict:
    """What became of one function in one compilation: `method` proved it, or `detail` says why it
    is not proved."""

    function: str
    outcome: str
    method: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Job:
    """One compilation: both instrumented texts as files, and what changed between them."""

    command: Command
    old: Path
    new: Path
    functions: tuple[Changed, ...]


@dataclass(frozen=True)
class _Compiled:
    listings: dict[str, Listing]
    messages: list[tuple[int, str, str]]
    ok: bool


def judge(job: Job) -> list[Verdict]:
    """Compile both texts, and compare every changed function by each method until one proves it."""
    methods = methods_for(job.command)
    old = _compile(job, methods[0], job.old, *_WARNINGS)
    new = _compile(job, methods[0], job.new, *_WARNINGS)
    if not (old.ok and new.ok):
        return _not_compiled(job, old, new)
    warned = _new_warnings(job, old, new)
    warned |= _uninitialised(job, methods[0], old)
    verdicts = {f.name: _compared(f.name, methods[0], old, new) for f in job.functions}
    for method in methods[1:]:
        open_ones = [n for n, v in verdicts.items() if v.outcome == DIFFERS and n not in warned]
        if open_ones:
            verdicts |= _second_proof(job, method, open_ones)
    settled = any("clang" in method.compiler[0] for method in methods)
    return [_with_warning(v if settled else _unsettled(v), warned) for v in verdicts.values()]


def _unsettled(verdict: Verdict) -> Verdict:
    """A difference that only some compilers were asked about."""
    return replace(verdict, outcome=UNSETTLED) if verdict.outcome == DIFFERS else verdict


def _compile(job: Job, method: Method, source: Path, *more: str) -> _Compiled:
    command = invocation(job.command, method, source, *more)
    try:
        done = subprocess.run(
            command, cwd=job.command.directory, env=ENVIRONMENT, capture_output=True, check=False
        )
    except OSError as error:
        return _Compiled({}, [(0, "error", f"{command[0]}: {error.strerror}")], False)
    messages = _messages(done.stderr.decode("utf-8", "replace"))
    if done.returncode != 0:
        return _Compiled({}, messages, False)
    read = gimple.functions if method.gimple else asm.functions
    return _Compiled(read(done.stdout.decode("latin-1")), messages, True)


def _messages(text: str) -> list[tuple[int, str, str]]:
    """Line, kind and text of each diagnostic; the line is 0 for one in another file."""
    found = []
    for match in map(_DIAGNOSTIC.match, text.splitlines()):
        if match is not None:
            line = int(match[2]) if match[1] == UNIT_NAME else 0
            found.append((line, match[3], match[4]))
    return found or [(0, "error", text.strip().splitlines()[0] if text.strip() else "")]


def _not_compiled(job: Job, old: _Compiled, new: _Compiled) -> list[Verdict]:
    outcome, side = (BROKEN, new) if old.ok else (OLD_BROKEN, old)
    line, _, text = next((m for m in side.messages if "error" in m[1]), side.messages[0])
    both = "" if old.ok else " (the old text)"
    detail = f"line {line}: {text}{both}" if line else f"{text}{both}"
    return [Verdict(f.name, outcome, "", detail) for f in job.functions]


def _compared(name: str, method: Method, old: _Compiled, new: _Compiled) -> Verdict:
    left, right = old.listings.get(name), new.listings.get(name)
    if left is None and right is None:
        return Verdict(name, ABSENT)
    if left == right:
        return Verdict(name, PROVED, method.name)
    return Verdict(name, DIFFERS, "", side_by_side(left or (), right or ()))


def _second_proof(job: Job, method: Method, names: Sequence[str]) -> dict[str, Verdict]:
    """The verdicts that another method can give: proofs only, for the first method's listings are
    the ones to show."""
    old, new = (_compile(job, method, source, "-w") for source in (job.old, job.new))
    if not (old.ok and new.ok):
        return {}
    verdicts = [_compared(name, method, old, new) for name in names]
    return {v.function: v for v in verdicts if v.outcome == PROVED}


def _new_warnings(job: Job, old: _Compiled, new: _Compiled) -> dict[str, str]:
    """The first warning that only the new text of a function gives."""
    found = {}
    for function in job.functions:
        before = Counter(map(_kind, _within(old, function.old_lines)))
        after = _within(new, function.new_lines)
        fresh = Counter(map(_kind, after)) - before
        if fresh:
            found[function.name] = _plain(next(text for text in after if _kind(text) in fresh))
    return found


def _within(compiled: _Compiled, lines: tuple[int, int]) -> list[str]:
    """The warnings in these lines."""
    return [
        text
        for line, kind, text in compiled.messages
        if kind == "warning" and lines[0] <= line <= lines[1]
    ]


def _kind(text: str) -> str:
    """A warning without the place in a call: what a primitive was warned of, its visit may be too."""
    return _plain(re.sub(r"\bargument \d+ of (\W*)rw_\w+", r"argument of \1", text))


def _plain(text: str) -> str:
    """A warning that speaks of primitives and visits by their own names."""
    return re.sub(r"\brw_(?:put_|get_)?", "", text)


def _uninitialised(job: Job, method: Method, old: _Compiled) -> dict[str, str]:
    """Objects that an input visit finds uninitialised: on an error it may leave them as they are.

    Only gcc knows a function that reads its object by its declaration.
    """
    if "-fkeep-static-functions" not in method.flags:
        return {}
    told = any(word.startswith(_INITIAL) for word in job.command.arguments)
    plain = (f"{_INITIAL}uninitialized",) if told else ()
    new = _compile(job, method, job.new, *_UNINITIALISED, *plain)
    found: dict[str, str] = {}
    for function in job.functions:
        before = Counter(map(_plain, _within(old, function.old_lines)))
        fresh = Counter(map(_plain, _within(new, function.new_lines))) - before
        known = Counter(_plain(text) for text, line in _declared(new) if line in function.kept)
        for text in fresh - known:
            if "uninitialized" in text:
                found[function.name] = text
    return found


def _declared(compiled: _Compiled) -> Iterator[tuple[str, int]]:
    """Warnings about a variable, and the line that declares it, which the compiler notes behind.

    Where that line stands in the old text, the variable had no initial value there either: a getter
    wrote it whatever the stream held, and so does its visit. A temporary's line is a new one.
    """
    warning = ""
    for line, kind, text in compiled.messages:
        if kind == "warning":
            warning = text
        elif kind == "note" and warning and text.endswith("declared here"):
            yield warning, line


def _with_warning(verdict: Verdict, warned: dict[str, str]) -> Verdict:
    text = warned.get(verdict.function)
    if text is None or verdict.outcome == ABSENT:
        return verdict
    detail = f"warning: {text}" + (f"\n{verdict.detail}" if verdict.detail else "")
    outcome = WARNS if verdict.outcome == PROVED else verdict.outcome
    return Verdict(verdict.function, outcome, "", detail)
