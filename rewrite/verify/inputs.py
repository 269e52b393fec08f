# SPDX-License-Identifier: GPL-2.0-or-later
"""What a compiler reads now: asked of itself, and of no list of what compilers are known to read.

A compiler's answer depends on its own bytes, on what it is started with, and on the text that its
preprocessor makes. All three are named here as they are at this moment. Where one of them cannot be
known, there is no name, and so nothing to compare a remembered proof with.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..files.digest import digest_parts, sha256
from .branches import UNIT_NAME
from .build import CompileCommand, Method, make_environment, make_invocation

_ONCE = re.compile(rb"@[^\s\"']*/cc\w{6}(?![^\s\"'])")
"""A response file that gcc's driver makes for this run alone, of the -I that stood in another."""
_SPEAKER = re.compile(rb"^COLLECT_GCC=(.*)$", re.MULTILINE)
"""What gcc's driver calls itself."""
_LIBRARY = re.compile(rb"^\s*(?:\S+ => )?(/.*) \(0x[0-9a-f]+\)$", re.MULTILINE)
"""A library as ldd(1) tells it."""
_OPENS_MORE = re.compile(
    r"-load|-include-pch|-fauto-profile.*|-f(?:pass-)?plugin.*|-f(?:implicit-)?modules?.*"
)
"""Options with which a compiler runs code, or reads files of its own making, that no text shows."""
_PRECOMPILED = b"#pragma GCC pch_preprocess"


@dataclass
class Inputs:
    """Names what compilers read. Files that stay as they are, by their times too, are read once."""

    _contents: dict[tuple[object, ...], str] = field(default_factory=dict)
    _libraries: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def name(self, method: Method, command: CompileCommand, sources: Sequence[Path]) -> str | None:
        """One name for all that a method's compiler reads to compile the sources by a command.

        None where that cannot be told: the driver is a script, or starts something else than the
        compiler that it names; a plugin, a module or a precompiled header has a part in it; or it
        fails.
        """
        compiler = self._compiler_input(method, command)
        texts = [_preprocess_source(method, command, source) for source in sources]
        if compiler is None or None in texts:
            return None
        return digest_parts([compiler, *(text for text in texts if text is not None)])

    def _compiler_input(self, method: Method, command: CompileCommand) -> bytes | None:
        """The compiler's own bytes, and how its driver starts it (GCC manual, 3.2: -###)."""
        told = _ask_compiler(method, command, Path(os.devnull), "-###")
        started = None if told is None else _started_command(told.stderr)
        drivers = [_find_program(word, command.directory) for word in method.compiler]
        if (
            told is None
            or started is None
            or not _is_driver(drivers[-1], started[0], told, command)
        ):
            return None
        programs = [
            self._program_input(path) for path in (*drivers, started[0]) if path is not None
        ]
        known = [program for program in programs if program is not None]
        if len(known) < len(drivers) + 1:
            return None
        named = [
            self._content_digest(path) or "" for path in _named_files(started, command.directory)
        ]
        return digest_parts(
            [*map(str.encode, (*known, *named)), _ONCE.sub(b"", told.stderr)]
        ).encode()

    def _program_input(self, path: str) -> str | None:
        """A program's bytes and those of its libraries; None for a script, which may start anything."""
        content = self._content_digest(path)
        if content is None:
            return None
        if content not in self._libraries:
            self._libraries[content] = _shared_libraries(path)
        parts = (content, *(self._content_digest(p) or "" for p in self._libraries[content]))
        return digest_parts(map(os.fsencode, parts))

    def _content_digest(self, path: str) -> str | None:
        """The digest of a file as it is now; None for a script, and for what cannot be read."""
        try:
            found = Path(path).stat()
            times = (found.st_mtime_ns, found.st_ctime_ns)
            key = (path, found.st_dev, found.st_ino, found.st_size, *times)
            if key not in self._contents:
                data = Path(path).read_bytes()
                self._contents[key] = "" if data.startswith(b"#!") else sha256(data)
            return self._contents[key] or None
        except OSError:
            return None


@dataclass(frozen=True)
class _ToldInputs:
    stdout: bytes
    stderr: bytes


def _ask_compiler(
    method: Method, command: CompileCommand, source: Path, *more: str
) -> _ToldInputs | None:
    """What the compiler says to a file's flags and some more; None where it fails."""
    words = make_invocation(command, replace(method, gimple=False), source)
    try:
        done = subprocess.run(
            [*words, *more],
            cwd=command.directory,
            env=make_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError:
        return None
    return _ToldInputs(done.stdout, done.stderr) if done.returncode == 0 else None


def _preprocess_source(method: Method, command: CompileCommand, source: Path) -> bytes | None:
    """The text that is compiled, with its macros: whatever decided which headers it is made of.

    None where a precompiled header, whose own text nobody sees, would stand in for some of it.
    """
    # Only gcc takes a precompiled header for an #include; clang's driver names its own in -###.
    precompiled = ("-fpch-preprocess",) if method.sealed else ()
    told = _ask_compiler(method, command, source, "-w", "-E", "-dD", *precompiled)
    if told is None or _PRECOMPILED in told.stdout:
        return None
    text = told.stdout
    for path, name in ((source, UNIT_NAME.encode()), (source.parent, b"")):
        quoted = os.fsencode(path).replace(b"\\", b"\\\\").replace(b'"', b'\\"')
        text = text.replace(quoted, name)  # the directory is another one in each run
    return text


def _find_program(word: str, directory: Path) -> str | None:
    """The program that a word starts in a directory, which relative parts of PATH begin at too."""
    places = [""] if "/" in word else make_environment().get("PATH", os.defpath).split(os.pathsep)
    paths = (str(directory / place / word) for place in places)
    return next((p for p in paths if Path(p).is_file() and os.access(p, os.X_OK)), None)


def _started_command(told: bytes) -> list[str] | None:
    """The command line of the compiler proper in what a driver says to -###."""
    for line in told.splitlines():
        if line.startswith(b" "):
            try:
                words = shlex.split(os.fsdecode(line))
            except ValueError:
                return None
            if Path(words[0]).name == "cc1" or words[1:2] == ["-cc1"]:
                return None if any(map(_OPENS_MORE.fullmatch, words)) else words
    return None


def _is_driver(named: str | None, started: str, told: _ToldInputs, command: CompileCommand) -> bool:
    """Whether the program that was named is the driver itself, and no wrapper in front of one.

    gcc's driver says what it is called; clang's starts itself again.
    """
    speaker = _SPEAKER.search(told.stderr)
    said = _find_program(os.fsdecode(speaker[1]), command.directory) if speaker else started
    return named is not None and said is not None and Path(named).resolve() == Path(said).resolve()


def _shared_libraries(path: str) -> tuple[str, ...]:
    """The shared libraries that a program is loaded with; none for a static one."""
    try:
        told = subprocess.run(
            ["ldd", path],
            env=make_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError:
        return ()
    return tuple(sorted(os.fsdecode(m[1]) for m in _LIBRARY.finditer(told.stdout)))


def _named_files(words: Sequence[str], directory: Path) -> Iterator[str]:
    """The files that a compiler's own options name, such as lists of exceptions."""
    for part in sorted({part for word in words[1:] for part in (word, word.partition("=")[2])}):
        path = directory / part
        if part and path.is_file():
            yield str(path)
