# SPDX-License-Identifier: GPL-2.0-or-later
"""What became of a pair of handlers."""

from __future__ import annotations

from dataclasses import dataclass

from ..files.edit import Edit, FileChange
from ..files.source import SourceFile
from ..files.tree import Skipped
from ..schema.handlers import FunctionPair


@dataclass(frozen=True)
class Converted:
    """A pair that is a table now: its symbol, and its number of fields.

    `versions` are those for which the proof was made, `state` is the struct, as the functions name it.
    `remote`: the functions are still there, and call the table.
    """

    pair: FunctionPair
    symbol: str
    fields: int
    versions: tuple[int, ...]
    state: str
    remote: bool


@dataclass(frozen=True)
class Refused:
    """A pair that stays, and why: `offset` is the byte of its file, None where the place is the pair's."""

    pair: FunctionPair
    code: str
    message: str
    path: str
    line: int
    column: int


Outcome = Converted | Refused


@dataclass(frozen=True)
class TableResult:
    """What became of the pairs of one file; `change` is None where nothing is to be written."""

    source: SourceFile
    outcomes: tuple[Outcome, ...]
    edits: tuple[Edit, ...]
    change: FileChange | None


@dataclass(frozen=True)
class TablesResult:
    """What became of all pairs under the given paths."""

    files: tuple[TableResult, ...]
    skipped: tuple[Skipped, ...]
