# SPDX-License-Identifier: GPL-2.0-or-later
"""What is tried: a file's two texts, the pairs in them, and what the tree says of names they use."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..files.source import SourceFile
from ..tables.items import INFO
from ..tables.outcome import Converted, TableResult


class TreeNames(Protocol):
    """What a tree says of a name: the files that define it, and how many arguments a function takes."""

    def files_defining(self, symbol: str) -> Sequence[Path]:
        """The files that define a function of the interpreter, a VMStateInfo or a table."""
        ...

    def count_access(self, path: Path, way: str) -> int:
        """The number of parameters that a VMStateInfo's `put` or `get` has, as a file sees it."""
        ...

    def count_parameters(self, path: Path, function: str) -> int | None:
        """The number of a function's parameters as a file sees it declared; None if it does not."""
        ...


@dataclass(frozen=True)
class Subject:
    """One file: its source as it was, its new text, the pairs that are tables there."""

    source: SourceFile
    new: bytes
    pairs: tuple[Converted, ...]


def subjects_of(files: Sequence[TableResult]) -> list[Subject]:
    """The files in which something was converted; a pair that is registered often is there once."""
    found = []
    for file in files:
        pairs = {o.symbol: o for o in file.outcomes if isinstance(o, Converted)}
        if file.change is not None and pairs:
            found.append(Subject(file.source, file.change.new, tuple(pairs.values())))
    return found


@dataclass(frozen=True)
class Calls:
    """How functions are called here: the numbers of parameters of vmstate_save_state() and of a
    VMStateInfo's functions. Behind those that all eras have there may be a null pointer."""

    saving: int | None
    put: int
    get: int

    def save_by(self, p: Converted) -> tuple[str, str]:
        """The calls of a pair's own functions."""
        if p.pair.by != INFO:
            return f"{p.pair.save}(f, state)", f"{p.pair.load}(f, state, version)"
        put, get = (
            f"f, state, sizeof({p.state}){', NULL' * (n - 3)}" for n in (self.put, self.get)
        )
        return f"{p.pair.save}({put})", f"{p.pair.load}({get})"


def old_glue(pairs: Sequence[Converted], calls: Calls) -> str:
    """C behind the old text: the pairs' functions, to be called by the harness."""
    glue = [_make_glue(number, *calls.save_by(p)) for number, p in enumerate(pairs)]
    return "\n".join(glue) + _list_pairs(pairs)


def new_glue(pairs: Sequence[Converted], calls: Calls) -> str:
    """C behind the new text: the tables, run by the tree's interpreter."""
    more = ", NULL" if calls.saving == 4 else ""
    pieces = []
    for number, p in enumerate(pairs):
        if p.remote:
            pieces.append(_make_glue(number, *calls.save_by(p)))
            continue
        version = str(p.versions[-1]) if p.pair.by == INFO else "version"
        save = f"vmstate_save_state(f, &{p.symbol}, state{more})"
        load = f"vmstate_load_state(f, &{p.symbol}, state, {version})"
        pieces.append(_make_glue(number, save, load))
    return "\n".join(pieces) + _list_pairs(pairs)


def label_of(number: int, p: Converted) -> str:
    """How the harness names a pair of a file."""
    return f"{number}:{re.sub(r'[^ !#-~]', '_', p.pair.idstr or p.symbol)}"


def _make_glue(number: int, save: str, load: str) -> str:
    return (
        f"void rw_save_{number}(QEMUFile *f, void *state);\n"
        f"void rw_save_{number}(QEMUFile *f, void *state)\n{{\n    {save};\n}}\n"
        f"int rw_load_{number}(QEMUFile *f, void *state, int version);\n"
        f"int rw_load_{number}(QEMUFile *f, void *state, int version)\n"
        f"{{\n    return {load};\n}}"
    )


def _lowest(p: Converted) -> int:
    """The lowest version that is accepted; an info is given none."""
    return 0 if p.pair.by == INFO else p.versions[0]


def _list_pairs(pairs: Sequence[Converted]) -> str:
    rows = [
        f'    {{ "{label_of(n, p)}", sizeof({p.state}), '
        f"{_lowest(p)}, {p.versions[-1]}, rw_save_{n}, rw_load_{n} }},"
        for n, p in enumerate(pairs)
    ]
    text = "\n".join(rows)
    return (
        "\nconst struct rw_pair {\n    const char *name;\n    unsigned long size;\n"
        "    int lowest, current;\n    void (*save)(QEMUFile *f, void *state);\n"
        "    int (*load)(QEMUFile *f, void *state, int version);\n"
        f"}} rw_pairs[] = {{\n{text}\n}};\nconst int rw_count = {len(pairs)};\n"
    )
