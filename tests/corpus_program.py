# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds the program that runs corpus cases: each case before and after its conversion, in one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

CORPUS = Path(__file__).parent.parent / "corpus"
RUNTIME = sorted((CORPUS / "runtime").glob("*.c"))
CORE = "lib/core.c"
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
COMPILE = ("gcc", "-std=gnu99", "-Wall", "-Wextra", "-Werror", "-O1", "-g1", *SANITIZERS)


@dataclass(frozen=True)
class Unit:
    """A case in one configuration; `name` is how the program knows it."""

    case: str
    flag: str = ""

    @property
    def name(self) -> str:
        return f"{self.case} {self.flag}".strip()


@dataclass(eq=False)
class Program:
    """A built program, and what the compiler said of the cases that are not in it."""

    path: Path
    errors: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: object) -> subprocess.CompletedProcess[bytes]:
        """Run it with a time limit; a sanitizer's report ends it with a status of its own."""
        options = {"ASAN_OPTIONS": "detect_leaks=0:exitcode=99", "UBSAN_OPTIONS": "exitcode=99"}
        return subprocess.run(
            [self.path, *map(str, arguments)],
            capture_output=True,
            env={**os.environ, **options},
            check=False,
            timeout=120,
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

    def __init__(self, name: str, root: Path, folder: Path, dialect: str | None) -> None:
        self.name, self.root, self.folder, self.dialect = name, root, folder, dialect
        self.core = folder / f"core-{name}.o"
        error = compile_c(root / CORE, self.core, self._flags(CORE))
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

    def hook(self, index: int) -> str:
        return f"{self.name}_{index}"

    def object(self, index: int) -> Path:
        return self.folder / f"{self.hook(index)}.o"

    def build(self, index: int, unit: Unit) -> str:
        """Compile a case, hide all its functions, and let it use this side's core."""
        hook, target = self.hook(index), self.object(index)
        flags = [*self._flags(unit.case), f"-Dcorpus_case={hook}", *unit.flag.split()]
        return compile_c(self.root / unit.case, target, flags) or output_of(
            ["objcopy", *self.renames, f"--keep-global-symbol={hook}", target]
        )


def _table(units: Mapping[int, Unit]) -> str:
    """The C text that lists the program's cases."""
    hooks = "".join(f"extern const CorpusCase before_{i}, after_{i};\n" for i in units)
    rows = "".join(f'    {{ "{u.name}", &before_{i}, &after_{i} }},\n' for i, u in units.items())
    return (
        f'#include "runner.h"\n{hooks}const RunPair run_pairs[] = {{\n{rows}'
        "    { NULL, NULL, NULL }\n};\n"
    )


def build(
    units: Sequence[Unit], before: Path, after: Path, folder: Path, dialect: str = "5.1"
) -> Program:
    """Build a program of these units from both trees; a unit that fails to compile is left out."""
    sides = [_Side("before", before, folder, None), _Side("after", after, folder, dialect)]
    includes = [f"-I{CORPUS / 'include'}", f"-I{CORPUS / 'runtime'}"]
    program = Program(folder / "runner")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        runtime = [folder / f"{path.stem}.o" for path in RUNTIME]
        fixed = pool.map(lambda p, o: compile_c(p, o, includes), RUNTIME, runtime)
        jobs = [
            (unit, pool.submit(side.build, i, unit))
            for i, unit in enumerate(units)
            for side in sides
        ]
        assert not any(errors := list(fixed)), "\n".join(errors)
        for unit, job in jobs:
            if job.result():
                program.errors[unit.name] = job.result()
    good = {i: u for i, u in enumerate(units) if u.name not in program.errors}
    table = folder / "table.c"
    table.write_text(_table(good))
    objects = [side.object(i) for side in sides for i in good] + [side.core for side in sides]
    command = [*COMPILE, *includes, table, *runtime, *objects, "-o", program.path]
    error = output_of(command)
    assert not error, error
    return program
