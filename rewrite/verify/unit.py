# SPDX-License-Identifier: GPL-2.0-or-later
"""The proof for one file compiled in one way: each changed function's two listings compared.

A listing says what a function does as long as no other function's body has a part in it. So the
functions that are not asked about are only declared, where that compiles; gcc is told to keep each
for itself, and where a compiler knows no such flags, everything that it makes must be the same.
"""

from __future__ import annotations

import re
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..files.digest import digest_parts
from . import asm, gimple
from .asm import Listing, side_by_side
from .branches import SIGNAL, UNIT_NAME, MarkedBranch
from .build import CompileCommand, Method, make_environment, make_invocation, methods_for
from .shim import READS, STREAM
from .text import LIVE, MACRO, Changed, Texts, is_such_a_call

PROVED, DIFFERS, WARNS = "proved", "differs", "new-warning"
UNSETTLED = "unsettled"
"""Machine code differs, and clang is not there, which proves some of what gcc alone cannot."""
UNHEARD = "warnings-hidden"
"""Machine code is identical, but a new warning would not be told: by `-w` of a response file, say."""
BROKEN, OLD_BROKEN, ABSENT = "new-does-not-compile", "old-does-not-compile", "not-in-build"
REDEFINED = "redefined"
"""A name of a wire operation is something else here than the tree's primitive or visit."""

_WARNINGS = ("-Wall", "-Wcpp", "-Wno-error", "-Wno-unused", "-Wmaybe-uninitialized")
_AT_USE = "-ftrack-macro-expansion=0"
"""Makes gcc tell what is wrong in a macro at the macro's use, as clang does, not at its definition."""
_ADDRESSES = ("-fsyntax-only", "-Wno-error", "-Waddress")
"""What tells a test of an object's address; clang has that by default."""
_UNINITIALISED = ("-Wno-error", "-Wuninitialized", "-Wmaybe-uninitialized", f"-D{READS}", _AT_USE)
_INITIAL = "-ftrivial-auto-var-init="
"""With this, which QEMU's build has from 8.2 on, gcc warns of a variable, and no more of its use."""
_DIAGNOSTIC = re.compile(r"(.*?):(\d+):(?:\d+:)? (warning|error|fatal error|note): (.*)")
_TOLD = re.compile(rf"# (?:{LIVE} (\d+)|{MACRO} (\d+) (\w+) ?(.*))$", re.MULTILINE)


@dataclass(frozen=True)
class Verdict:
    """What became of one function in one compilation: `method` proved it, or `detail` says why it
    is not proved. `number` is that of its Changed; `old_dead` and `new_dead` are the lines of either
    text that stand in branches which this compilation leaves out."""

    number: int
    function: str
    outcome: str
    method: str = ""
    detail: str = ""
    old_dead: tuple[int, ...] = ()
    new_dead: tuple[int, ...] = ()


@dataclass(frozen=True)
class Job:
    """One compilation of both texts; `folder` holds the shim and takes the texts as files whose
    names begin with `stem`."""

    command: CompileCommand
    texts: Texts
    folder: Path
    stem: str

    @property
    def functions(self) -> tuple[Changed, ...]:
        """What changed between the texts."""
        return self.texts.functions

    def known_source(self) -> Path:
        """The whole new text in which the streams of visitors are known to be no null pointers."""
        return self._write_file("known", self.texts.known)

    def write_sources(self, numbers: frozenset[int] | None = None) -> tuple[Path, Path]:
        """Both texts as files, with the bodies of these changed functions only; None: with all."""
        if numbers is None:
            pair, kind = (self.texts.old, self.texts.new), "all"
        else:
            pair, kind = (
                self.texts.select_only(numbers),
                digest_parts(str(n).encode() for n in sorted(numbers)),
            )
        old, new = (
            self._write_file(f"{kind[:16]}-{side}", text)
            for side, text in zip(("old", "new"), pair, strict=True)
        )
        return old, new

    def _write_file(self, kind: str, text: bytes) -> Path:
        """A file with this text. Several threads may ask for the same: each finds it whole."""
        path = self.folder / f"{self.stem}-{kind}.c"
        if not path.exists():
            mine = path.with_suffix(f".{threading.get_ident()}")
            mine.write_bytes(text)
            mine.replace(path)
        return path


@dataclass(frozen=True)
class _Compiled:
    """What a compiler made of one text: `live` are the numbers of the definitions that it compiles,
    `macros` which names of the wire's are macros there, by function, with what each becomes."""

    listings: Mapping[str, Listing]
    messages: Sequence[tuple[int, str, str]]
    ok: bool
    live: frozenset[int] = frozenset()
    macros: Mapping[tuple[int, str], str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Both:
    """Both texts compiled by one method; `numbers` has the functions with bodies, None if all have."""

    job: Job
    method: Method
    numbers: frozenset[int] | None
    old: _Compiled
    new: _Compiled

    @property
    def ok(self) -> bool:
        """Whether both texts compile."""
        return self.old.ok and self.new.ok

    def leaks(self) -> bool:
        """Whether a body may have a part in another function's code: what is the same text for the
        compiler became something else. Where it was not told to keep functions apart, all that it
        made must be the same."""
        if not self.method.sealed:
            return _count_listings(self.old.listings) != _count_listings(self.new.listings)
        changed = {f.name for f in self.job.functions}
        names = self.old.listings.keys() & self.new.listings.keys() - changed
        return any(self.old.listings[name] != self.new.listings[name] for name in names)

    def is_same(self, function: Changed) -> bool:
        """Whether a function's listings are the same, and there are any."""
        left = self.old.listings.get(function.name)
        return left is not None and left == self.new.listings.get(function.name)


def _count_listings(listings: Mapping[str, Listing]) -> Counter[tuple[str, Listing]]:
    """All listings, with names that don't depend on how the compiler numbers them."""
    return Counter((re.sub(r"\.\d+", "", name), lines) for name, lines in listings.items())


def judge_unit(job: Job, begin: Callable[[Method], object] = lambda method: None) -> list[Verdict]:
    """Compile both texts, and compare every changed function by each method until one proves it.

    `begin` is called with a method before its compiler reads anything.
    """
    methods = methods_for(job.command)
    begin(methods[0])
    first, late = _judge_first(job, methods[0])
    if not first.ok:
        return _not_compiled(first)
    leaks = first.leaks()
    verdicts = {f.number: _compare_function(f, first, leaks) for f in job.functions}
    warned = _new_warnings(first) | _find_uninitialised(first) | late
    for method in methods if leaks else methods[1:]:
        open_ones = [
            f
            for f in job.functions
            if verdicts[f.number].outcome == DIFFERS
            and f.number not in warned
            and f.number in first.old.live & first.new.live
        ]
        if open_ones:
            begin(method)
            for function in _also_proved(first, method, open_ones):
                was = verdicts[function.number]
                verdicts[function.number] = replace(
                    was, outcome=PROVED, method=method.name, detail=""
                )
    settled = any("clang" in method.compiler[0] for method in methods)
    heard = _heard_signals(first.old), _heard_signals(first.new)
    return [
        _settle_verdict(first, verdicts[f.number], f, settled, heard, warned) for f in job.functions
    ]


def _judge_first(job: Job, method: Method) -> tuple[_Both, dict[int, str]]:
    """Both texts with the bodies of changed functions only, and what is wrong with their streams.

    Where that, or the whole new text, does not compile: both texts with all bodies.
    """
    changed = frozenset(f.number for f in job.functions)
    both = _compile_both(job, method, changed, *_warning_flags(method))
    if both.ok:
        found = _late_tests(job, method)
        if found is not None:
            return both, found
    both = _compile_both(job, method, None, *_warning_flags(method))
    return both, (_late_tests(job, method) or {}) if both.ok else {}


def _late_tests(job: Job, method: Method) -> dict[int, str] | None:
    """The functions that test a stream or change it behind its visitor, by a warning or an error;
    None where the new text does not compile as it is either."""
    more = (*_ADDRESSES, _AT_USE) if method.sealed else _ADDRESSES
    told = _compile_source(job, method, job.known_source(), *more)
    if (
        not told.ok
        and not _compile_source(job, method, job.write_sources()[1], "-w", "-fsyntax-only").ok
    ):
        return None
    found: dict[int, str] = {}
    for function in job.functions:
        for line, kind, text in told.messages:
            inside = function.new_lines[0] <= line <= function.new_lines[1]
            if inside and ("error" in kind or STREAM in text):
                why = "changed" if "error" in kind else "tested"
                message = f"line {line}: the stream is {why} behind its visitor"
                found.setdefault(function.number, message)
    if not told.ok and not found:
        return {f.number: "whether its stream is tested cannot be told" for f in job.functions}
    return found


def _warning_flags(method: Method) -> tuple[str, ...]:
    return (*_WARNINGS, _AT_USE) if method.sealed else _WARNINGS


def _compile_both(job: Job, method: Method, numbers: frozenset[int] | None, *more: str) -> _Both:
    """Compile both texts; the new one only if the old one compiles, for nothing is proved else."""
    left, right = job.write_sources(numbers)
    old = _compile_source(job, method, left, *more)
    new = _compile_source(job, method, right, *more) if old.ok else _Compiled({}, (), False)
    return _Both(job, method, numbers, old, new)


def _compare_function(function: Changed, both: _Both, leaks: bool) -> Verdict:
    """What the first method says of a function."""
    number, name = function.number, function.name
    sides = number in both.old.live, number in both.new.live
    if sum(sides) == 1:
        text = "old" if sides[0] else "new"
        return Verdict(number, name, DIFFERS, "", f"only the {text} text's is compiled here")
    left, right = both.old.listings.get(name), both.new.listings.get(name)
    if not all(sides) or (left is None and right is None):
        return Verdict(number, name, ABSENT)
    if both.is_same(function) and not leaks:
        return Verdict(number, name, PROVED, both.method.name)
    if left == right:
        return Verdict(number, name, DIFFERS, "", "what else the compiler makes differs")
    return Verdict(number, name, DIFFERS, "", side_by_side(left or (), right or ()))


def _also_proved(first: _Both, method: Method, functions: Sequence[Changed]) -> list[Changed]:
    """The functions that another method proves. Where one's body may have a part in another's code,
    each is asked about alone."""
    whole = first.numbers is None
    numbers = None if whole else frozenset(f.number for f in functions)
    both = _compile_both(first.job, method, numbers, "-w")
    if not both.ok:
        return []
    if not both.leaks():
        return [f for f in functions if both.is_same(f)]
    if whole or len(functions) == 1:
        return []
    return [f for one in functions for f in _also_proved(first, method, [one])]


def _settle_verdict(
    first: _Both,
    verdict: Verdict,
    function: Changed,
    settled: bool,
    heard: tuple[frozenset[str], frozenset[str]],
    warned: Mapping[int, str],
) -> Verdict:
    """The verdict with all that is known: what else than its code speaks against a function, and which
    of its lines are not compiled here."""
    live = function.number in first.old.live & first.new.live
    if live and (doubt := function.doubt or _macro_doubt(first, function)):
        return replace(verdict, outcome=REDEFINED, method="", detail=doubt)
    if verdict.outcome == ABSENT:
        return verdict
    if verdict.outcome == DIFFERS and not settled:
        verdict = replace(verdict, outcome=UNSETTLED)
    if verdict.outcome == PROVED and not all(str(function.number) in marks for marks in heard):
        verdict = replace(verdict, outcome=UNHEARD, method="")
    dead = (
        _left_out(branches, marks)
        for branches, marks in zip(
            (function.old_branches, function.new_branches), heard, strict=True
        )
    )
    old_dead, new_dead = dead
    return _with_warning(replace(verdict, old_dead=old_dead, new_dead=new_dead), warned)


def _left_out(branches: Sequence[MarkedBranch], marks: frozenset[str]) -> tuple[int, ...]:
    """The lines of the branches whose mark the compiler does not tell."""
    return tuple(sorted({n for b in branches if b.mark not in marks for n in b.lines}))


def _heard_signals(compiled: _Compiled) -> frozenset[str]:
    """The marks of which the compiler gave the warning that it always gives."""
    words = (text.split() for _, kind, text in compiled.messages if kind == "warning")
    return frozenset(w[w.index(SIGNAL) + 1] for w in words if SIGNAL in w[:-1])


def _compile_source(job: Job, method: Method, source: Path, *more: str) -> _Compiled:
    command = make_invocation(job.command, method, source, *more)
    try:
        done = subprocess.run(
            command,
            cwd=job.command.directory,
            env=make_environment(),
            capture_output=True,
            check=False,
        )
    except OSError as error:
        return _Compiled({}, [(0, "error", f"{command[0]}: {error.strerror}")], False)
    messages = _read_messages(done.stderr.decode("utf-8", "replace"))
    if done.returncode != 0:
        return _Compiled({}, messages, False)
    text = done.stdout.decode("latin-1")
    if method.gimple:
        return _Compiled(gimple.list_functions(text), messages, True)
    told = list(_TOLD.finditer(text))
    live = frozenset(int(m[1]) for m in told if m[1])
    macros = {(int(m[2]), m[3]): m[4] for m in told if m[2]}
    return _Compiled(asm.list_functions(text), messages, True, live, macros)


def _macro_doubt(both: _Both, function: Changed) -> str:
    """Why a name of the wire's that is a macro here may be another thing; empty if none is."""
    for compiled in (both.old, both.new):
        for (number, name), becomes in compiled.macros.items():
            mine = number == function.number
            if mine and not is_such_a_call(becomes, function.words[name]):
                return f"{name} is a macro here: {becomes}"
    return ""


def _read_messages(text: str) -> list[tuple[int, str, str]]:
    """Line, kind and text of each diagnostic; the line is 0 for one in another file."""
    found = []
    for match in map(_DIAGNOSTIC.match, text.splitlines()):
        if match is not None:
            line = int(match[2]) if match[1] == UNIT_NAME else 0
            found.append((line, match[3], match[4]))
    return found or [(0, "error", text.strip().splitlines()[0] if text.strip() else "")]


def _not_compiled(both: _Both) -> list[Verdict]:
    outcome, side = (BROKEN, both.new) if both.old.ok else (OLD_BROKEN, both.old)
    line, _, text = next((m for m in side.messages if "error" in m[1]), side.messages[0])
    text = f"{text}" if both.old.ok else f"{text} (the old text)"
    detail = f"line {line}: {text}" if line else text
    return [Verdict(f.number, f.name, outcome, "", detail) for f in both.job.functions]


def _new_warnings(both: _Both) -> dict[int, str]:
    """The first warning that only the new text gives: in a function, or outside of all, which counts
    against each."""
    found: dict[int, str] = {}
    functions = both.job.functions
    olds, news = [f.old_lines for f in functions], [f.new_lines for f in functions]
    outside = _find_fresh(
        _warnings_within(both.old, olds, False), _warnings_within(both.new, news, False)
    )
    for function in functions:
        old = _warnings_within(both.old, [function.old_lines])
        fresh = _find_fresh(old, _warnings_within(both.new, [function.new_lines])) or outside
        if fresh:
            found[function.number] = fresh
    return found


def _find_fresh(before: Sequence[str], after: Sequence[str]) -> str:
    """The first of the later warnings that is none of the earlier ones; empty if all are."""
    fresh = Counter(map(_warning_kind, after)) - Counter(map(_warning_kind, before))
    return _plain_warning(next((text for text in after if _warning_kind(text) in fresh), ""))


def _warnings_within(
    compiled: _Compiled, spans: Sequence[tuple[int, int]], inside: bool = True
) -> list[str]:
    """The warnings of the unit in these lines, or in all others."""
    return [
        text
        for line, kind, text in compiled.messages
        if kind == "warning"
        and line
        and inside is any(first <= line <= last for first, last in spans)
    ]


def _warning_kind(text: str) -> str:
    """A warning without the place in a call: what a primitive was warned of, its visit may be too."""
    return _plain_warning(re.sub(r"\bargument \d+ of (\W*)rw_\w+", r"argument of \1", text))


def _plain_warning(text: str) -> str:
    """A warning that speaks of primitives and visits by their own names."""
    return re.sub(r"\brw_(?:put_|get_)?", "", text)


def _find_uninitialised(both: _Both) -> dict[int, str]:
    """Objects that an input visit finds uninitialised: on an error it may leave them as they are.

    Only gcc knows a function that reads its object by its declaration.
    """
    readers = [f for f in both.job.functions if f.reads and f.number in both.new.live]
    if not both.method.sealed or not readers:
        return {}
    told = any(word.startswith(_INITIAL) for word in both.job.command.arguments)
    plain = (f"{_INITIAL}uninitialized",) if told else ()
    numbers = None if both.numbers is None else frozenset(f.number for f in readers)
    source = both.job.write_sources(numbers)[1]
    new = _compile_source(both.job, both.method, source, *_UNINITIALISED, *plain)
    if not new.ok:
        message = next((m[2] for m in new.messages if "error" in m[1]), "")
        return {f.number: f"what it reads cannot be told: {message}" for f in readers}
    found: dict[int, str] = {}
    for function in readers:
        before = Counter(map(_plain_warning, _warnings_within(both.old, [function.old_lines])))
        fresh = Counter(map(_plain_warning, _warnings_within(new, [function.new_lines]))) - before
        known = Counter(
            _plain_warning(text) for text, line in _variable_warnings(new) if line in function.kept
        )
        for text in fresh - known:
            if "uninitialized" in text:
                found[function.number] = text
    return found


def _variable_warnings(compiled: _Compiled) -> Iterator[tuple[str, int]]:
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


def _with_warning(verdict: Verdict, warned: Mapping[int, str]) -> Verdict:
    text = warned.get(verdict.number)
    if text is None:
        return verdict
    detail = f"warning: {text}" + (f"\n{verdict.detail}" if verdict.detail else "")
    outcome = WARNS if verdict.outcome == PROVED else verdict.outcome
    return replace(verdict, outcome=outcome, method="", detail=detail)
