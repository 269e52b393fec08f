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


@dataclass(frozen=True)
class Finding:
    """One thing that the rules forbid.

    `path` is relative to the root; `line` to `last` are the lines it stands on, counted from 1 like
    `column`; `function` is the handler's name, empty where there is none; `text` is the line with
    its white space made one, or for a pair what differs: with code and function it tells a finding
    from others wherever it moves. `fix` is what to write instead, empty where that isn't known.
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

    @property
    def key(self) -> tuple[str, str, str]:
        """What stays the same when the finding moves or its file is renamed."""
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


def baseline_text(found: Iterable[Finding]) -> str:
    """What `--write-baseline` writes: the findings without their lines, one on a line."""
    import json

    records = sorted(
        ({"path": f.path, "code": f.code, "function": f.function, "text": f.text} for f in found),
        key=lambda r: (r["path"], r["function"], r["code"], r["text"]),
    )
    body = ",\n".join("  " + json.dumps(r, ensure_ascii=False) for r in records)
    return f'{{"version": 1, "findings": [\n{body}\n]}}\n'


def read_baseline(path: Path) -> list[tuple[str, str, str]]:
    """The keys of a baseline. Raises InputError where it can't be read or is none."""
    import json

    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["version"] != 1:
            raise InputError(str(path), f"baseline of version {document['version']}, expected 1")
        return [(str(r["code"]), str(r["function"]), str(r["text"])) for r in document["findings"]]
    except OSError as error:
        raise InputError(str(path), f"cannot read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(str(path), "not a baseline of `rewrite lint --write-baseline`") from error
