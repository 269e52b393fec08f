# SPDX-License-Identifier: GPL-2.0-or-later
"""The first look at mutants: some in one file, converted together, compiled by tcc, run and compared.

The second look (`sound`) is at those that this one does not find the same, and at one of so many others.
"""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from corpus_program import CORPUS, Builder

from .mutants import Mutant
from .swift import Swift, joined, names_defined

TOGETHER = 8
"""Mutants of a file."""

SAMPLE = 150
"""One of so many that the first look finds the same gets the second look."""

WARNED = 10
"""The warnings of one of so many files are compared."""

_GCC_ONLY = re.compile(
    r"__auto_type|_Complex|vector_size|__int128|_Atomic|__complex__|__label__|asm goto|nested_"
)
"""What tcc does not know."""

_WARNING = re.compile(r"(warning|error): (.*)")

_ALSO_KNOWN = re.compile("\u2018[^\u2019]*\u2019 \\{aka (\u2018[^\u2019]*\u2019)\\}")
"""A type by two names."""

_OPEN = "-Wsequence-point"
"""What this says of is open in C, before a conversion as after it."""

_UNUSED = re.compile(r"(?:unused )?variable (\S+).*-Wunused-(?:but-set-)?variable\]")
"""A variable that is never read: with its first value, or with another one."""

_ALONE = re.compile(r"\r|^#define (?:qemu_|errp\b|[fs]\b)|^static int v =", re.M)
"""A text that may change what stands after it in a file, or make a conversion of that impossible."""

Convert = Callable[[bytes, str, str], bytes | None]
"""The new text of a file's, its dialect and its name, or None where it stays as it is."""


@dataclass(frozen=True)
class Suspect:
    """A mutant that gets the second look, with what is known of it, empty for one of the sample."""

    mutant: Mutant
    reason: str = ""


class Batches:
    """Looks at mutants; `counts` says what became of them."""

    def __init__(
        self, builder: Builder, swift: Swift, convert: Convert, counts: Counter[str]
    ) -> None:
        self.builder, self.swift, self.convert, self.counts = builder, swift, convert, counts

    def suspects(self, mutants: Sequence[Mutant]) -> Iterator[Suspect]:
        """Those that need the second look."""
        good: list[Mutant] = []
        self.counts["made"] += len(mutants)
        for some in mutants:
            if _GCC_ONLY.search(some.text):
                self.counts["beyond tcc"] += 1
                yield Suspect(some)
            elif self._is_c(some):
                good.append(some)
        self.counts["were C"] += len(good)

        def place(some: Mutant) -> tuple[str, str]:
            return some.folder, some.dialect

        for _, group in groupby(sorted(good, key=place), place):
            for batch in _batched(list(group)):
                yield from self._look(batch)

    def _is_c(self, some: Mutant) -> bool:
        self._write(self.builder.old.root, some, joined([some.text]))
        return self.swift.check(_name(some)).word == "ok"

    def _look(self, batch: Sequence[Mutant]) -> Iterator[Suspect]:
        first, old = batch[0], joined([some.text for some in batch])
        self._write(self.builder.old.root, first, old)

        try:
            new = self.convert(old.encode("latin-1"), first.dialect, _name(first))
        except Exception as error:
            yield from self._apart(batch, f"conversion: {error}")
            return
        if new is None:
            self.counts["refused"] += len(batch)
            return
        self._write(self.builder.new[first.dialect].root, first, new.decode("latin-1"))

        said = self.swift.compare_all(_name(first), first.dialect, len(batch))

        if said.word == "same":
            yield from self._found_same(batch)
            if self.counts["files"] % WARNED == 0 and self._new_warnings(first):
                yield from self._warned(batch)
        elif said.word in ("rejected", "refused") or len(batch) == 1:
            yield from self._apart(batch, f"{said.word}: {said.said}")
        else:
            yield from self._one_by_one(batch)

    def _found_same(self, batch: Sequence[Mutant]) -> Iterator[Suspect]:
        self.counts["files"] += 1
        for some in batch:
            self.counts["compared"] += 1
            if self.counts["compared"] % SAMPLE == 0:
                yield Suspect(some)

    def _one_by_one(self, batch: Sequence[Mutant]) -> Iterator[Suspect]:
        first = batch[0]
        for number, some in enumerate(batch):
            said = self.swift.compare(_name(first), first.dialect, number)
            if said.word == "same":
                yield from self._found_same([some])
            elif said.word == "undefined":
                self.counts["undefined"] += 1
            else:
                self.counts["suspects"] += 1
                yield Suspect(some, f"{said.word}: {said.said}")

    def _apart(self, batch: Sequence[Mutant], reason: str) -> Iterator[Suspect]:
        """Halve a batch that fails as a whole; a mutant that fails alone is a suspect."""
        if len(batch) > 1:
            middle = len(batch) // 2
            yield from self._look(batch[:middle])
            yield from self._look(batch[middle:])
        elif reason.startswith(("differs", "lost")):
            yield from self._one_by_one(batch)
        elif not reason.startswith("rejected"):
            self.counts["suspects"] += 1
            yield Suspect(batch[0], reason)

    def _warned(self, batch: Sequence[Mutant]) -> Iterator[Suspect]:
        """Those of a batch whose conversion alone makes gcc say more."""
        for some in batch:
            old = joined([some.text])
            new = self.convert(old.encode("latin-1"), some.dialect, _name(some))
            self._write(self.builder.old.root, some, old)
            if new is not None:
                self._write(self.builder.new[some.dialect].root, some, new.decode("latin-1"))
                if news := self._new_warnings(some):
                    yield Suspect(some, news)

    def _new_warnings(self, first: Mutant) -> str:
        """What gcc says of a file after, and did not say of it before."""
        self.counts["files warned of"] += 1
        old = self._warnings(self.builder.old.root, first, ())
        runtime = (f"-I{CORPUS / 'runtime'}", "-include", "after.h")
        dialect = f"-DCORPUS_DIALECT_{first.dialect.replace('.', '_')}"
        target = ("-DCORPUS_TARGET", f"-I{CORPUS / first.folder}")
        own = (*runtime, dialect, *(target if first.folder.startswith("target/") else ()))
        new = self._warnings(self.builder.new[first.dialect].root, first, own)
        more = new - old
        return f"new warning: {sorted(more)[0]}" if more and "error" not in "".join(old) else ""

    def _warnings(self, root: Path, first: Mutant, flags: Sequence[str]) -> Counter[str]:
        command = ["gcc", "-std=gnu99", "-Wall", "-Wextra", "-fsyntax-only", *flags]
        command += [f"-I{root}/include", f"{root}/{_name(first)}"]
        ran = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        text = _ALSO_KNOWN.sub(r"\1", ran.stderr)
        said = (": ".join(found) for found in _WARNING.findall(text) if _OPEN not in found[1])
        return Counter(_UNUSED.sub(r"unused variable \1", message) for message in said)

    def _write(self, root: Path, some: Mutant, text: str) -> None:
        Path(root, _name(some)).write_text(text, "latin-1", newline="")


def _name(some: Mutant) -> str:
    return f"{some.folder}/batch.c"


def _batched(mutants: Sequence[Mutant]) -> Iterator[list[Mutant]]:
    """Mutants that do not define each other's names, some at a time."""
    left = [(some, names_defined(some.text)) for some in mutants]
    while left:
        chosen: list[Mutant] = []
        taken: frozenset[str] = frozenset()
        rest = []
        for some, names in left:
            alone = _ALONE.search(some.text) is not None
            if not chosen or (not alone and len(chosen) < TOGETHER and not names & taken):
                chosen.append(some)
                taken |= names
                if alone:
                    yield chosen
                    chosen, taken = [], frozenset()
            else:
                rest.append((some, names))
        if chosen:
            yield chosen
        left = rest
