# SPDX-License-Identifier: GPL-2.0-or-later
"""What the lint finds: one finding, those that are new, and a baseline that records them.

Nothing here parses C, so that what was found before can be told without a parser.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..files.json_text import parse_json

STATE_CODES = ("wire-changed", "wire-renamed")
"""The codes of what only a comparison of two states of a tree can find."""


@dataclass(frozen=True)
class Replacement:
    """New text for the span from one place to another, that one excluded; columns count characters
    in UTF-16, as SARIF does."""

    line: int
    column: int
    end_line: int
    end_column: int
    text: str


@dataclass(frozen=True)
class Finding:
    """One thing that the rules forbid.

    `path` is relative to the root; `line` to `last` are the lines it stands on, counted from 1 like
    `column`; `function` is the handler's name, empty where there is none; `text` is the line with
    its white space made one, or for a pair what differs: with code and function it tells a finding
    from others wherever it moves. `fix` is what to write instead, empty where that isn't known.
    `end_column` is the column behind its last byte, 0 where that isn't known; `allowed` the reason of
    the comment that allows it, empty where none does. `replacements` convert the whole function.
    """

    code: str
    severity: str
    path: str
    line: int
    column: int
    last: int
    function: str
    text: str
    message: str
    hint: str
    fix: str = ""
    offset: int = -1
    end_column: int = 0
    allowed: str = ""
    replacements: tuple[Replacement, ...] = ()

    @property
    def key(self) -> tuple[str, str, str]:
        """What stays the same when the finding moves or its file is renamed."""
        return self.code, self.function, self.text

    @property
    def record(self) -> Recorded:
        """The finding as a baseline holds it."""
        return Recorded(self.path, self.function, self.code, self.text)


@dataclass(frozen=True, order=True)
class Recorded:
    """A finding in a baseline: without its lines."""

    path: str
    function: str
    code: str
    text: str

    @property
    def key(self) -> tuple[str, str, str]:
        """The key of the finding that it stands for."""
        return self.code, self.function, self.text


def only_new(found: Sequence[Finding], known: Iterable[tuple[str, str, str]]) -> list[Finding]:
    """The findings that are not among the known keys, each of which stands for one finding."""
    left = Counter(known)
    new = []
    for finding in found:
        if left[finding.key] > 0:
            left[finding.key] -= 1
        else:
            new.append(finding)
    return new


def list_stale(records: Iterable[Recorded], found: Iterable[Finding]) -> list[Recorded]:
    """The records that stand for no finding any more, sorted."""
    left = Counter(finding.key for finding in found)
    gone = []
    for record in sorted(records):
        if left[record.key] > 0:
            left[record.key] -= 1
        else:
            gone.append(record)
    return gone


def baseline_text(records: Iterable[Recorded]) -> str:
    """What `--write-baseline` writes: one record on a line, sorted."""
    import json

    texts = (
        {"path": r.path, "code": r.code, "function": r.function, "text": r.text}
        for r in sorted(records)
    )
    body = ",\n".join("  " + json.dumps(text, ensure_ascii=False) for text in texts)
    return f'{{"version": 1, "findings": [\n{body}\n]}}\n'


def read_baseline(path: Path) -> list[Recorded]:
    """The records of a baseline. Raises InputError where it can't be read or is none."""
    try:
        document = parse_json(path.read_text(encoding="utf-8", errors="surrogateescape"))
        if document["version"] != 1:
            raise InputError(str(path), f"baseline of version {document['version']}, expected 1")
        names = ("path", "function", "code", "text")
        return [Recorded(*(str(r[name]) for name in names)) for r in document["findings"]]
    except OSError as error:
        raise InputError(str(path), f"cannot read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(str(path), "not a baseline of `rewrite lint --write-baseline`") from error
