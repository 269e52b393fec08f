# SPDX-License-Identifier: GPL-2.0-or-later
"""What was judged before, told again only where every input of the compilers is what it was.

The key of a record holds the texts, the flags with their response files, and the environment. The
record holds one name for what the compilers that gave the proof read and are: asked of them anew
before it is believed, for a header may have appeared earlier in the search path.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..files.cache import Kind, Store
from ..files.digest import digest
from .build import Command, Method, invocation, methods_for, version_of
from .unit import ABSENT, ENVIRONMENT, PROVED, Job, Verdict, judge

_LAYOUT = "3"  # of a record; another number makes the old ones unknown
_NOISE = re.compile(
    r"_|PWD|OLDPWD|SHLVL|TERM|COLUMNS|LINES|PS\d|DISPLAY|WINDOWID|PYTEST_\w+|"
    r"(?:SSH|XDG|DBUS|GPG|TMUX|STY|VTE|COLORTERM|LESS)\w*"
)
"""Variables that change from one terminal to the next, and that no compiler reads."""
_TEMPORARY = re.compile(r"@?[^\s\"']*/cc\w{6}(?:\.\w+)?")
"""A file that a driver makes for this run alone, as one of what stood in response files."""
_PROGRAM = "cc1"  # the compiler proper of gcc; the driver only starts it (GCC manual, 3.1)


class Cache:
    """Verdicts kept in one directory; None keeps nothing."""

    def __init__(self, directory: Path | None) -> None:
        self._store = Store(directory, Kind.PROOFS)
        self._files = _Files()

    def judged(self, job: Job, shim: str) -> tuple[list[Verdict], bool]:
        """The verdicts on a job, and whether they were known. Only full proofs are kept."""
        if self._store.directory is None:
            return judge(job), False
        key = self._key(job, shim)
        known = self._known(key, job)
        if known is not None:
            return known, True
        verdicts = judge(job)
        if all(v.outcome in (PROVED, ABSENT) for v in verdicts):
            self._keep(key, job, verdicts)
        return verdicts, False

    def _key(self, job: Job, shim: str) -> str:
        """What a proof depends on before any compiler is asked."""
        command = job.command
        words = [*_expanded(command.arguments, command.directory)]
        facts = [_LAYOUT, shim, str(command.directory), *words]
        facts += [f"{m.name} {m.flags}" for m in methods_for(command)]
        facts += [f"{n}={v}" for n, v in sorted(ENVIRONMENT.items()) if not _NOISE.fullmatch(n)]
        texts = (job.old.read_bytes(), job.new.read_bytes())
        return digest([*map(os.fsencode, facts), *texts])

    def _known(self, key: str, job: Job) -> list[Verdict] | None:
        """The verdicts of a record, if the compilers that it names read now what they read then."""
        kept = self._store.get(key)
        try:
            verdicts = [Verdict(**verdict) for verdict in kept["verdicts"]]
            read = self._inputs(job, verdicts)
            return verdicts if read is not None and read.name == kept["inputs"] else None
        except (KeyError, TypeError, AttributeError):
            return None

    def _keep(self, key: str, job: Job, verdicts: list[Verdict]) -> None:
        read = self._inputs(job, verdicts)
        if read is not None and not read.changed_since(job.old.stat().st_mtime_ns):
            self._store.put(key, {"inputs": read.name, "verdicts": [asdict(v) for v in verdicts]})

    def _inputs(self, job: Job, verdicts: Iterable[Verdict]) -> _Inputs | None:
        """All that the compilers read that gave these verdicts; None where one can't tell."""
        used = {v.method for v in verdicts}
        first, *others = methods_for(job.command)
        methods = {first.compiler: first}
        methods |= {
            m.compiler: m for m in others if m.name in used and m.compiler != first.compiler
        }
        found = _Inputs()
        for method in methods.values():
            if not self._read_by(method, job, found):
                return None
        return found

    def _read_by(self, method: Method, job: Job, into: _Inputs) -> bool:
        """Note one compiler, what it starts, and the files that it reads for the job's texts."""
        programs = self._programs(method, job.command)
        headers = _headers(method, job)
        if programs is None or headers is None:
            return False
        started, paths = programs
        into.facts += [version_of(method.compiler), started]
        for path in (*paths, *_named_files(job.command), *headers):
            into.add(path, self._files)
        return True

    def _programs(self, method: Method, command: Command) -> tuple[str, list[str]] | None:
        """How a driver starts the compiler proper, flags of wrappers included, and both as files."""
        drivers = [shutil.which(word, path=ENVIRONMENT.get("PATH")) for word in method.compiler]
        told = _ask(method, command, Path(os.devnull), "-###")
        inner = _ask(method, command, Path(os.devnull), f"-print-prog-name={_PROGRAM}")
        if told is None or inner is None or None in drivers:
            return None
        place = shutil.which(inner.stdout.decode("utf-8", "surrogateescape").strip())
        paths = [path for path in (*drivers, place) if path is not None]
        return _TEMPORARY.sub("", told.stderr.decode("utf-8", "surrogateescape")), paths


@dataclass
class _Inputs:
    """What compilers read: facts in words, files by content."""

    facts: list[str] = field(default_factory=list)
    _newest: int = 0

    def add(self, path: str, files: _Files) -> None:
        """Note a file as it is now."""
        content, changed = files.look(path)
        self.facts.append(f"{path} {content}")
        self._newest = max(self._newest, changed)

    def changed_since(self, time: int) -> bool:
        """Whether a file was written after a time in nanoseconds: it may have been read before."""
        return self._newest >= time

    @property
    def name(self) -> str:
        """One name for all of it."""
        return digest(map(os.fsencode, self.facts))


class _Files:
    """Contents of files by name, each read once as long as size and times stay the same."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], str] = {}

    def look(self, path: str) -> tuple[str, int]:
        """The digest of a file and when it was changed; an empty digest where it can't be read."""
        try:
            found = Path(path).stat()
            key = (path, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
            if key not in self._known:
                self._known[key] = digest([Path(path).read_bytes()])
            return self._known[key], found.st_mtime_ns
        except OSError:
            return "", 0


def _ask(
    method: Method, command: Command, source: Path, *more: str
) -> subprocess.CompletedProcess[bytes] | None:
    """What the compiler says to a file's flags and some more, None where it fails."""
    words = invocation(command, method, source)
    try:
        done = subprocess.run(
            [*words, *more],
            cwd=command.directory,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError:
        return None
    return done if done.returncode == 0 else None


def _headers(method: Method, job: Job) -> list[str] | None:
    """Every file that either text includes now, the shim and the texts left out; None if not told."""
    found: set[str] = set()
    for source in _different_in_directives(job.old, job.new):
        told = _ask(method, job.command, source, "-w", "-M")
        if told is None:
            return None
        rule = told.stdout.decode("utf-8", "surrogateescape").replace("\\\n", " ")
        names = re.findall(r"(?:\\ |\S)+", rule.partition(":")[2])
        paths = {str(job.command.directory / name.replace("\\ ", " ")) for name in names}
        found |= {p for p in paths if Path(p).parent != source.parent}
    return sorted(found)


def _different_in_directives(old: Path, new: Path) -> Sequence[Path]:
    """Both texts, or the first alone where their preprocessor lines are the same: so are the headers."""
    lines = [
        re.findall(rb"^[ \t]*#(?:[^\n\\]|\\[\s\S])*", text.read_bytes(), re.MULTILINE)
        for text in (old, new)
    ]
    bare = [[line for line in found if not line.startswith(b"#line")] for found in lines]
    return (old,) if bare[0] == bare[1] else (old, new)


def _expanded(words: Iterable[str], directory: Path, depth: int = 0) -> Iterator[str]:
    """The arguments, with the text of each response file behind its name (GCC manual, 3.2: @file)."""
    for word in words:
        yield word
        if word.startswith("@") and depth < 16:
            try:
                text = (directory / word[1:]).read_text(encoding="utf-8", errors="surrogateescape")
            except OSError:
                continue
            yield text
            yield from _expanded(text.split(), directory, depth + 1)


def _named_files(command: Command) -> list[str]:
    """The files that the flags name, such as specs and plugins."""
    named = {part for word in command.arguments for part in (word, word.partition("=")[2])}
    paths = {str(command.directory / part) for part in named if part}
    return sorted(path for path in paths if Path(path).is_file())
