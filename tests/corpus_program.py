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

    def __init__(self, root: Path, folder: Path, dialect: str | None) -> None:
        name = "before" if dialect is None else f"after_{_identifier(dialect)}"
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

    def hook(self, number: int) -> str:
        return f"{self.name}_{number}"

    def build(self, number: int, source: tuple[str, str]) -> str:
        """Compile a case, hide all its functions, and let it use this side's core."""
        case, flag = source
        hook = self.hook(number)
        target = self.folder / f"{hook}.o"
        flags = [*self._flags(case), f"-Dcorpus_case={hook}", *flag.split()]
        return compile_c(self.root / case, target, flags) or output_of(
            ["objcopy", *self.renames, f"--keep-global-symbol={hook}", target]
        )


def _table(rows: Iterable[tuple[Unit, str, str]]) -> str:
    """The C text that lists the program's cases, each with the hooks of both sides."""
    rows = list(rows)
    hooks = sorted({hook for _, *both in rows for hook in both})
    entries = "".join(f'    {{ "{u.name}", &{old}, &{new} }},\n' for u, old, new in rows)
    return (
        '#include "runner.h"\n'
        + "".join(f"extern const CorpusCase {hook};\n" for hook in hooks)
        + f"const RunPair run_pairs[] = {{\n{entries}    {{ NULL, NULL, NULL }}\n}};\n"
    )


def build(units: Sequence[Unit], before: Path, after: Mapping[str, Path], folder: Path) -> Program:
    """Build a program of these units from the tree before, and those after by their dialects.

    A unit that fails to compile on either side is left out, and what gcc says is kept.
    """
    old = _Side(before, folder, None)
    new = {dialect: _Side(root, folder, dialect) for dialect, root in after.items()}
    numbers = {source: n for n, source in enumerate(sorted({u.source for u in units}))}
    runtime = [folder / f"{path.stem}.o" for path in RUNTIME]
    includes = [f"-I{CORPUS / 'include'}", f"-I{CORPUS / 'runtime'}"]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        fixed = pool.map(lambda p, o: compile_c(p, o, includes), RUNTIME, runtime)
        jobs = {
            (side, source): pool.submit(side.build, numbers[source], source)
            for unit in units
            for side, source in ((old, unit.source), (new[unit.dialect], unit.source))
        }
        assert not any(errors := list(fixed)), "\n".join(errors)
    said = {key: job.result() for key, job in jobs.items()}
    program = Program(folder / "runner")
    good = []
    for unit in units:
        error = said[old, unit.source] or said[new[unit.dialect], unit.source]
        if error:
            program.errors[unit.name] = error
        else:
            number = numbers[unit.source]
            good.append((unit, old.hook(number), new[unit.dialect].hook(number)))
    table = folder / "table.c"
    table.write_text(_table(good))
    objects = sorted({folder / f"{hook}.o" for _, *both in good for hook in both})
    cores = [side.core for side in (old, *new.values())]
    error = output_of([*COMPILE, *includes, table, *runtime, *objects, *cores, "-o", program.path])
    assert not error, error
    return program
