# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds the program that runs corpus cases: each case before and after its conversion, in one."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

CORPUS = Path(__file__).parent.parent / "corpus"
RUNTIME = sorted((CORPUS / "runtime").glob("*.c"))
CORE = "lib/core.c"
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
HOOK = re.compile(r"^CORPUS_CASE(_INIT|_INFO3|_INFO4)?\(", re.MULTILINE)
COMPILE = ("gcc", "-std=gnu99", "-Wall", "-Wextra", "-Werror", "-O1", "-g1", *SANITIZERS)


def case_text(path: Path) -> str:
    """A case's text with plain line ends."""
    return path.read_bytes().decode("latin-1").replace("\r\n", "\n")


def runnable_cases() -> Iterator[tuple[str, str]]:
    """The corpus's cases that a program can run: where they stand in it, and their text."""
    for path in sorted([*CORPUS.glob("hw/*.c"), *CORPUS.glob("target/*/*.c")]):
        text = case_text(path)
        if HOOK.search(text):
            yield str(path.relative_to(CORPUS)), text


@dataclass(frozen=True)
class Unit:
    """A case in one configuration and dialect; `name` is how the program knows it."""

    case: str
    flag: str = ""
    dialect: str = "5.1"

    @property
    def source(self) -> tuple[str, str]:
        """What is compiled, whatever the dialect."""
        return self.case, self.flag

    @property
    def name(self) -> str:
        return " ".join(filter(None, (self.case, self.flag, self.dialect)))

    @property
    def control(self) -> str:
        """How the program knows the case before its conversion, against itself compiled otherwise."""
        return f"{self.name} control"


@dataclass(eq=False)
class Program:
    """A built program, and what the compiler said of the cases that are not in it; of those, `rejected`
    are the ones that do not compile before their conversion."""

    path: Path
    errors: dict[str, str] = field(default_factory=dict)
    rejected: set[str] = field(default_factory=set)

    def run(self, *arguments: object, timeout: float = 120) -> subprocess.CompletedProcess[bytes]:
        """Run it with a limit of seconds; a sanitizer's report ends it with a status of its own."""
        address = "detect_leaks=0:exitcode=99:max_allocation_size_mb=64"
        options = {"ASAN_OPTIONS": address, "UBSAN_OPTIONS": "exitcode=99"}
        return subprocess.run(
            [self.path, *map(str, arguments)],
            capture_output=True,
            env={**os.environ, **options},
            check=False,
            timeout=timeout,
        )


def output_of(command: Sequence[object]) -> str:
    """What a command complains about: empty where it succeeds."""
    words = [str(word) for word in command]
    ran = subprocess.run(words, capture_output=True, text=True, errors="replace", check=False)
    return "" if ran.returncode == 0 else ran.stderr or f"status {ran.returncode}"


def compile_c(source: Path, target: Path, flags: Iterable[str]) -> str:
    """Compile one file to an object; gives what the compiler complains about."""
    return output_of([*COMPILE, *flags, "-c", source, "-o", target])


def _global_functions(target: Path) -> list[str]:
    lines = subprocess.run(
        ["nm", "--defined-only", "-g", target], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return [line.split()[2] for line in lines if line.split()[1] == "T"]


def _identifier(dialect: str) -> str:
    return dialect.replace(".", "_")


class _Side:
    """The cases of one tree, before or after: objects whose only global symbol is the hook."""

    def __init__(
        self, name: str, root: Path, folder: Path, dialect: str | None, own: Sequence[str] = ()
    ) -> None:
        """`own` are flags of this side alone."""
        self.name, self.root, self.folder, self.dialect = name, root, folder, dialect
        self.own = own
        self.core = folder / f"core-{name}.o"
        error = compile_c(root / CORE, self.core, [*self._flags(CORE), *own])
        assert not error, error
        functions = _global_functions(self.core)
        self.renames = [f"--redefine-sym={f}={name}_{f}" for f in functions]
        assert not output_of(["objcopy", *self.renames, self.core])

    def _flags(self, case: str) -> list[str]:
        include = [f"-I{self.root / 'include'}"]
        if self.dialect is None:
            return include
        target = ["-DCORPUS_TARGET", f"-I{(self.root / case).parent}"]
        return [
            *include,
            *(target if case.startswith("target/") else ()),
            f"-I{CORPUS / 'runtime'}",
            f"-DCORPUS_DIALECT_{_identifier(self.dialect)}",
            "-include",
            "after.h",
        ]

    def hook(self, number: int) -> str:
        return f"{self.name}_{number}"

    def build(self, number: int, source: tuple[str, str]) -> str:
        """Compile a case, hide all its functions, and let it use this side's core."""
        case, flag = source
        hook = self.hook(number)
        target = self.folder / f"{hook}.o"
        flags = [*self._flags(case), f"-Dcorpus_case={hook}", *flag.split(), *self.own]
        return compile_c(self.root / case, target, flags) or output_of(
            ["objcopy", *self.renames, f"--keep-global-symbol={hook}", target]
        )


def _table(rows: Iterable[tuple[str, str, str]]) -> str:
    """The C text that lists the program's cases by name, each with the hooks of both sides."""
    rows = list(rows)
    hooks = sorted({hook for _, *both in rows for hook in both})
    entries = "".join(f'    {{ "{name}", &{old}, &{new} }},\n' for name, old, new in rows)
    return (
        '#include "runner.h"\n'
        + "".join(f"extern const CorpusCase {hook};\n" for hook in hooks)
        + f"const RunPair run_pairs[] = {{\n{entries}    {{ NULL, NULL, NULL }}\n}};\n"
    )


class Builder:
    """Builds programs from one tree before and those after by their dialects, into one folder.

    What all programs share is compiled once. With `control` flags each case is also compared with
    itself, compiled with them on one side.
    """

    def __init__(
        self, before: Path, after: Mapping[str, Path], folder: Path, control: Sequence[str] = ()
    ) -> None:
        self.folder = folder
        self.includes = [f"-I{CORPUS / 'include'}", f"-I{CORPUS / 'runtime'}"]
        self.runtime = [folder / f"{path.stem}.o" for path in RUNTIME]
        for path, target in zip(RUNTIME, self.runtime, strict=True):
            error = compile_c(path, target, self.includes)
            assert not error, error
        self.old = _Side("before", before, folder, None)
        self.new = {d: _Side(f"after_{_identifier(d)}", r, folder, d) for d, r in after.items()}
        self.control = _Side("control", before, folder, None, control) if control else None

    def program(self, units: Sequence[Unit]) -> Program:
        """The program of these units; one that fails to compile on a side is left out, and what gcc
        says is kept."""
        numbers = {source: n for n, source in enumerate(sorted({u.source for u in units}))}
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            # Units of several dialects share the one before: each object is made once.
            wanted = {(side, unit.source) for unit in units for side in self._sides(unit)}
            jobs = {
                (side, source): pool.submit(side.build, numbers[source], source)
                for side, source in wanted
            }
        said = {key: job.result() for key, job in jobs.items()}
        program = Program(self.folder / "runner")
        rows: list[tuple[str, str, str]] = []
        for unit in units:
            sides = self._sides(unit)
            error = next(filter(None, (said[side, unit.source] for side in sides)), "")
            if error:
                program.errors[unit.name] = error
                if said[self.old, unit.source]:
                    program.rejected.add(unit.name)
                continue
            old, *others = [side.hook(numbers[unit.source]) for side in sides]
            names = (unit.name, unit.control)
            rows += [(name, old, new) for name, new in zip(names, others, strict=False)]
        self._link(program, rows)
        return program

    def _sides(self, unit: Unit) -> list[_Side]:
        control = [self.control] if self.control is not None else []
        return [self.old, self.new[unit.dialect], *control]

    def _link(self, program: Program, rows: Sequence[tuple[str, str, str]]) -> None:
        table = self.folder / "table.c"
        table.write_text(_table(rows))
        objects = sorted({self.folder / f"{hook}.o" for _, *both in rows for hook in both})
        control = [self.control] if self.control is not None else []
        cores = [side.core for side in (self.old, *self.new.values(), *control)]
        parts = [table, *self.runtime, *objects, *cores]
        error = output_of([*COMPILE, *self.includes, *parts, "-o", program.path])
        assert not error, error


def build(units: Sequence[Unit], before: Path, after: Mapping[str, Path], folder: Path) -> Program:
    """The program of these units, from the tree before, and those after by their dialects."""
    return Builder(before, after, folder).program(units)
