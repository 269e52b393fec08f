# SPDX-License-Identifier: GPL-2.0-or-later
"""Is every conversion sound? Other devices are converted, and both programs compiled and run.

An input is some mutants (`devices`) of the corpus's cases and of generated devices. One that gcc does
not take, or that violates a constraint of C, is dropped. Of one that the tool converts, the program
before and the one after save the same random states, to the same bytes, and load each other's streams,
whole, cut off, damaged and as other versions, to the same states (corpus/runtime). A failed self-check,
a conversion that does not compile, and any difference is a failure.

A mutant may do what C leaves undefined, read what was never set, or save an address: then two right
programs differ too. So the one before is first compared with itself compiled otherwise: without
optimisation, its automatic variables set to a pattern in place of zero, and without the address
sanitizer, so that they lie elsewhere. The other one is under it, and both under that of undefined
behaviour. What differs then, is reported, asks for 64 MiB or takes too long is dropped.
Arithmetic wraps around (-fwrapv) and pointers may alias.

With libtcc, that is the second look: the first (`batches`) converts some mutants in one file, compiles
both files in memory and compares what they do. What it does not find the same, and some of the rest, get
the second one.
"""

from __future__ import annotations

import random
import re
import resource
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache

from corpus_program import COMPILE, CORPUS, Builder, Program, Unit, output_of

from rewrite.convert.candidates import name_pattern
from rewrite.convert.conversion import FileResult

from .batches import Batches, Convert, Suspect
from .campaign import PartsError
from .mutants import DIALECTS, MUTANTS, Mutant, make, read_mutants
from .swift import Swift, is_available
from .targets import Target, check_conversion, command, converted, rules, scratch

STATES = 10
SECONDS = 5
"""For the comparison of a mutant with itself; the real one may take four times as long."""

CONSTRAINTS = ("int-conversion", "incompatible-pointer-types", "discarded-qualifiers",
               "implicit-function-declaration", "pointer-to-int-cast", "return-type")  # fmt: skip
FLAGS = " ".join(
    ("-Wno-error", "-fwrapv", "-fno-strict-aliasing", "-ftrivial-auto-var-init=zero",
     *(f"-Werror={name}" for name in CONSTRAINTS))
)  # fmt: skip
CONTROL = ("-O0", "-ftrivial-auto-var-init=pattern", "-fno-sanitize=address")
MODES = ("all-stream", "own-stream")
"""What is loaded: anything, or only what was saved, where a mutant trusts that."""


def _convert(data: bytes, dialect: str, name: str) -> bytes | None:
    result: FileResult = converted(data, dialect, name)
    check_conversion(result)
    return result.change.new if result.change is not None else None


@contextmanager
def _all_memory() -> Iterator[None]:
    """No limit for what is started here: the address sanitizer maps terabytes that it never uses."""
    limit, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (limit, most))


@cache
def builder() -> Builder:
    """What all programs share: the corpus's headers and core, before and after."""
    folder = scratch() / "sound"
    roots = {dialect: folder / dialect for dialect in ("before", *DIALECTS)}
    for dialect, root in roots.items():
        for part in ("include", "lib", "target"):
            shutil.copytree(CORPUS / part, root / part)
        shutil.copy(CORPUS / ".rewrite.toml", root)
        (root / "hw").mkdir()
        if dialect in DIALECTS:
            command(root, "--apply", "--dialect", dialect)
    (folder / "objects").mkdir()
    after = {dialect: roots[dialect] for dialect in DIALECTS}
    with _all_memory():
        return Builder(roots["before"], after, folder / "objects", CONTROL)


@dataclass
class Sound:
    """Converts mutants, builds both programs and compares them; `counts` says what became of them.

    `swift` takes the first look, where there is one.
    """

    convert: Convert = _convert
    counts: Counter[str] = field(default_factory=Counter)
    swift: bool = False
    waiting: list[Mutant] = field(default_factory=list)

    def run(self, data: bytes, _choice: random.Random) -> None:
        """Convert and compare the mutants of an input. Raises PartsError with those that failed."""
        mutants = read_mutants(data)
        failed: list[tuple[bytes, BaseException]] = []
        if self.swift:
            look = Batches(builder(), swift(), self.convert, self.counts)
            suspects = list(look.suspects(mutants))
            warned = [s for s in suspects if s.reason.startswith("new warning")]
            failed += [(s.mutant.data, AssertionError(s.reason)) for s in self._still_c(warned)]
            self.waiting += [s.mutant for s in suspects if s not in warned]
            mutants, self.waiting = self._due()
        failed += self._look(mutants)
        if failed:
            raise PartsError(failed)

    def _due(self) -> tuple[list[Mutant], list[Mutant]]:
        """The mutants that get the second look now, as linking costs the same for many, and the rest."""
        return (self.waiting, []) if len(self.waiting) >= MUTANTS else ([], self.waiting)

    def _still_c(self, warned: Sequence[Suspect]) -> list[Suspect]:
        """Those of the mutants with new warnings that gcc takes for C."""
        good = self._compiling([s.mutant for s in warned])
        self.counts["new warnings"] += len(good)
        return [s for s in warned if s.mutant in good]

    def _look(self, mutants: Sequence[Mutant]) -> list[tuple[bytes, BaseException]]:
        """The second look: what gcc and the sanitizers find in mutants, each compiled alone."""
        failed: list[tuple[bytes, BaseException]] = []
        if not mutants:
            return failed
        units: dict[Unit, Mutant] = {}
        for number, some in enumerate(self._compiling(mutants)):
            unit = Unit(f"{some.folder}/mutant_{number}.c", FLAGS, some.dialect)
            try:
                if self._convert(unit, some):
                    units[unit] = some
            except Exception as error:
                self.counts["failed"] += 1
                failed.append((some.data, error))
        with _all_memory():
            failed += self._compare(units) if units else []
        return failed

    def _compiling(self, mutants: Sequence[Mutant]) -> list[Mutant]:
        """Those that gcc takes before their conversion."""
        before = builder().old.root

        def says(numbered: tuple[int, Mutant]) -> str:
            number, some = numbered
            path = before / some.folder / f"mutant_{number}.c"
            path.write_text(some.text, "latin-1", newline="")
            flags = [*FLAGS.split(), f"-I{before / 'include'}"]
            return output_of([*COMPILE, *flags, "-fsyntax-only", path])

        with ThreadPoolExecutor(2) as pool:
            errors = list(pool.map(says, enumerate(mutants)))
        good = [some for some, error in zip(mutants, errors, strict=True) if not error]
        self.counts["mutants"] += len(mutants)
        self.counts["rejected by gcc"] += len(mutants) - len(good)
        return good

    def _convert(self, unit: Unit, some: Mutant) -> bool:
        """Write a case to both sides; False where nothing of it is converted."""
        old = some.text.encode("latin-1")
        new = self.convert(old, some.dialect, unit.case)
        self.counts["refused" if new is None else "converted"] += 1
        if new is None:
            return False
        calls, left = (len(name_pattern(rules()).findall(text)) for text in (old, new))
        self.counts["primitives converted"] += calls - left
        self.counts["primitives left"] += left
        (builder().old.root / unit.case).write_bytes(old)
        (builder().new[some.dialect].root / unit.case).write_bytes(new)
        return True

    def _compare(self, units: dict[Unit, Mutant]) -> list[tuple[bytes, BaseException]]:
        """Those of the mutants whose conversion does not compile or does something else."""
        program = builder().program(list(units))
        failed: list[tuple[bytes, BaseException]] = []
        for unit, some in units.items():
            try:
                self._run(program, unit)
            except AssertionError as error:
                self.counts["failed"] += 1
                failed.append((some.data, error))
        return failed

    def _run(self, program: Program, unit: Unit) -> None:
        if unit.name in program.rejected:
            self.counts["rejected by gcc"] += 1
            return
        error = program.errors.get(unit.name)
        said = re.findall(r"error: (.*)", error or "") or [error]
        assert not error, f"does not compile: {said[0]} -- {error}"
        for mode in MODES:
            if _same(program, unit.control, mode, SECONDS) == "":
                self.counts["compared"] += 1
                difference = _same(program, unit.name, mode, 4 * SECONDS)
                assert not difference, difference
                return
        self.counts["undefined"] += 1


def _same(program: Program, name: str, mode: str, seconds: float) -> str:
    """What differs between two sides of a case, empty where nothing does."""
    try:
        ran = program.run("compare", name, STATES, mode, timeout=seconds)
    except subprocess.TimeoutExpired:
        return "takes too long"
    said = (ran.stdout + ran.stderr).decode("latin-1")
    if ran.returncode == 0:
        return ""
    kind = re.sub(r"^.*?: state \d+: |[0-9]+", "", said) if ran.returncode == 1 else "a sanitizer"
    return f"{kind.strip()[:50]:50} -- {said}"


@cache
def swift() -> Swift:
    """The program of the first look, on the builder's trees."""
    shared = builder()
    after = {dialect: side.root for dialect, side in shared.new.items()}
    return Swift(shared.old.root, after, shared.folder)


def target(
    convert: Convert = _convert, mutants: int = MUTANTS, *, with_swift: bool = False
) -> Target:
    """The target, of the tool or of another converter."""
    sound = Sound(convert, swift=with_swift)
    return Target("sound", 20.0, lambda trees: make(trees, mutants), sound.run, sound.counts)


SOUND = target(mutants=96, with_swift=True) if is_available() else target()
