# SPDX-License-Identifier: GPL-2.0-or-later
"""What `rewrite verify --stats` wrote, read for the report: which function is proved, and how.

A proof holds for two texts. It counts only where both are the very ones that the report shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from ..errors import InputError
from ..files.digest import sha256
from ..files.edit import FileChange
from ..files.json_text import parse_json
from ..verify.unit import PROVED
from ..verify.verifier import FAILURES, SAID, FunctionRecord

STATES = {
    "proved": "proved",
    "differs": "differs",
    "unproved": "not proved",
    "stale": "verified before its text changed",
    "missing": "not verified",
}
"""The states of a changed function, and how they are called."""

_FUNCTION = {"path": str, "function": str, "line": int, "outcome": str, "unit": str, "detail": str}
_FILE = {"path": str, "old_sha256": str, "new_sha256": str}


@dataclass(frozen=True)
class ProofState:
    """One of STATES, in words what was found, and the listings or messages that show it."""

    state: str
    text: str
    detail: str = ""


@dataclass(frozen=True)
class Proofs:
    """The records of one run of `verify`: by file and function, and the digests of the texts.

    `compilers` are the ways in which they were compiled.
    """

    functions: dict[tuple[str, str], list[FunctionRecord]]
    digests: dict[str, tuple[str, str]]
    compilers: tuple[str, ...] = ()

    def proof_of(self, change: FileChange, function: str, first: int, last: int) -> ProofState:
        """The state of a changed function, which stands in lines `first` to `last`."""
        name = change.source.name
        known = self.functions.get((name, function), [])
        records = [r for r in known if first <= r["line"] <= last]
        if not records:
            return ProofState("missing", "not verified: the figures do not speak of it")
        if self.digests.get(name) != (change.source.digest, sha256(change.new)):
            return ProofState("stale", "not proved: verified with another text of this file")
        return _state_of(records[0])


def _state_of(record: FunctionRecord) -> ProofState:
    outcome = record["outcome"]
    unit = f" in {record['unit']}" if record["unit"] else ""
    if outcome == PROVED:
        how = ", ".join(f"{count} by {name}" for name, count in sorted(record["methods"].items()))
        return ProofState("proved", f"{SAID[outcome]}; compilations: {how}")
    state = "differs" if outcome in FAILURES else "unproved"
    return ProofState(state, f"{SAID[outcome]}{unit}", record["detail"])


def read_proofs(path: Path) -> Proofs:
    """Read the JSON of `verify --stats`; raises InputError where it is not that."""
    try:
        document = parse_json(path.read_bytes())
    except OSError as error:
        raise InputError(str(path), f"cannot read: {error.strerror}") from error
    except ValueError as error:
        raise InputError(str(path), "not JSON, so not the figures of `rewrite verify`") from error
    functions: dict[tuple[str, str], list[FunctionRecord]] = {}
    for entry in _read_entries(path, document, "function_list", _FUNCTION):
        methods = entry.get("methods")
        if entry["outcome"] not in SAID or not isinstance(methods, dict):
            raise InputError(str(path), "an entry of function_list has no known outcome")
        record = cast("FunctionRecord", entry)
        functions.setdefault((record["path"], record["function"]), []).append(record)
    digests = {
        str(e["path"]): (str(e["old_sha256"]), str(e["new_sha256"]))
        for e in _read_entries(path, document, "file_list", _FILE)
    }
    methods = {m for records in functions.values() for r in records for m in r["methods"]}
    return Proofs(functions, digests, tuple(sorted(methods)))


def _read_entries(
    path: Path, document: object, key: str, wanted: Mapping[str, type]
) -> list[dict[str, object]]:
    """The objects of one list, each with its members of the wanted types."""
    found = document.get(key) if isinstance(document, dict) else None
    if not isinstance(found, list):
        raise InputError(str(path), f"no {key}: not the figures of `rewrite verify --stats`")
    for entry in found:
        fits = isinstance(entry, dict) and all(
            isinstance(entry.get(name), kind) for name, kind in wanted.items()
        )
        if not fits:
            raise InputError(str(path), f"an entry of {key} is not what `rewrite verify` writes")
    return found
