# SPDX-License-Identifier: GPL-2.0-or-later
"""Cases that nobody wrote, made of the corpus's and of generated ones."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from corpus_program import runnable_cases
from generated import WildDevice, corpus_case

from .devices import mutant
from .handlers import Handlers
from .targets import Make

MUTANTS = 24
"""In one input."""

SMALL = 0.94
"""Of them are small handlers of a grammar."""

DIALECTS = ("5.1", "1.2", "rfc")

_MARK = re.compile(r"^/\* mutant (\S+) (\S+) \*/\n", re.M)

_GENERATED = re.compile(
    r"\b(?:Mode|MODE_OFF|MODE_ON|level_t|level_of|Whole|whole_save|whole_load|whole_fill|State\d|dev\d_\w+"
    r"|[TM]_r\d_dev\d?)\b"
)


@dataclass(frozen=True)
class Mutant:
    """A case that nobody wrote: the folder it belongs into, its dialect and its text."""

    folder: str
    dialect: str
    text: str

    @property
    def data(self) -> bytes:
        """As the part of an input."""
        return f"/* mutant {self.folder} {self.dialect} */\n{self.text}".encode("latin-1")


def read_mutants(data: bytes) -> list[Mutant]:
    """The mutants of an input."""
    _, *parts = _MARK.split(data.decode("latin-1"))
    return [Mutant(*part) for part in zip(parts[::3], parts[1::3], parts[2::3], strict=True)]


@cache
def _cases() -> tuple[tuple[str, str], ...]:
    """The folder and text of each case that may be mutated.

    One that holds visits compiles in one dialect only; one that defines a primitive is left out, for
    the tool takes a primitive's name for what it does.
    """
    texts = ((str(Path(case).parent), text) for case, text in runnable_cases())
    unfit = re.compile(r"visit_type_|want: plumbing")
    return tuple((folder, text) for folder, text in texts if not unfit.search(text))


def _with_own_names(text: str, choice: random.Random) -> str:
    """A generated case whose names are unlike those of others, so that a file may hold both."""
    tag = f"q{choice.randrange(10_000)}"
    return _GENERATED.sub(lambda match: f"{match[0]}{tag}", text)


def _some_mutant(choice: random.Random, dialect: str) -> Mutant:
    if choice.random() < SMALL:
        return Mutant("hw", dialect, Handlers(choice).text())
    if choice.random() < 0.25:
        devices = [WildDevice(choice) for _ in range(choice.choice((1, 2)))]
        folder, text = "target/alto", _with_own_names(corpus_case(devices), choice)
    else:
        folder, text = choice.choice(_cases())
    return Mutant(folder, dialect, mutant(text, choice))


def make(_trees: Sequence[Path], mutants: int = MUTANTS) -> Make:
    """What makes inputs: their mutants are of one dialect, so that many may stand in one file."""

    def made(choice: random.Random) -> bytes:
        dialect = choice.choice(DIALECTS)
        return b"".join(_some_mutant(choice, dialect).data for _ in range(mutants))

    return made
