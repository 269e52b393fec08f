# SPDX-License-Identifier: GPL-2.0-or-later
"""What is tried: a file's two texts, the pairs in them, and what the tree says of names they use."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..files.source import SourceFile
from ..tables.outcome import Converted, TableResult


class TreeNames(Protocol):
    """What a tree says of a name: the files that define it, and how many arguments a function takes."""

    def files_defining(self, symbol: str) -> Sequence[Path]:
        """The files that define a function of the interpreter, a VMStateInfo or a table."""
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


def old_glue(pairs: Sequence[Converted]) -> str:
    """C behind the old text: the pairs' functions, to be called by the harness."""
    return "\n".join(
        _glue(n, p, f"{p.pair.save}(f, state)", f"{p.pair.load}(f, state, version)")
        for n, p in enumerate(pairs)
    ) + _list(pairs)


def new_glue(pairs: Sequence[Converted], saving: int | None) -> str:
    """C behind the new text: the tables, run by the tree's interpreter.

    `saving` is the number of parameters of vmstate_save_state(): later ones take a description of the
    stream, which may be null.
    """
    more = ", NULL" if saving == 4 else ""
    pieces = []
    for number, p in enumerate(pairs):
        if p.remote:
            pieces.append(
                old_glue([p]).partition("\nconst struct")[0].replace("_0(", f"_{number}(")
            )
            continue
        save = f"vmstate_save_state(f, &{p.symbol}, state{more})"
        load = f"vmstate_load_state(f, &{p.symbol}, state, version)"
        pieces.append(_glue(number, p, save, load))
    return "\n".join(pieces) + _list(pairs)


def label_of(number: int, p: Converted) -> str:
    """How the harness names a pair of a file."""
    return f"{number}:{re.sub(r'[^ !#-~]', '_', p.pair.idstr)}"


def _glue(number: int, p: Converted, save: str, load: str) -> str:
    return (
        f"void rw_save_{number}(QEMUFile *f, void *state);\n"
        f"void rw_save_{number}(QEMUFile *f, void *state)\n{{\n    {save};\n}}\n"
        f"int rw_load_{number}(QEMUFile *f, void *state, int version);\n"
        f"int rw_load_{number}(QEMUFile *f, void *state, int version)\n"
        f"{{\n    return {load};\n}}"
    )


def _list(pairs: Sequence[Converted]) -> str:
    rows = [
        f'    {{ "{label_of(n, p)}", sizeof({p.state}), '
        f"{p.versions[0]}, {p.versions[-1]}, rw_save_{n}, rw_load_{n} }},"
        for n, p in enumerate(pairs)
    ]
    text = "\n".join(rows)
    return (
        "\nconst struct rw_pair {\n    const char *name;\n    unsigned long size;\n"
        "    int lowest, current;\n    void (*save)(QEMUFile *f, void *state);\n"
        "    int (*load)(QEMUFile *f, void *state, int version);\n"
        f"}} rw_pairs[] = {{\n{text}\n}};\nconst int rw_count = {len(pairs)};\n"
    )
