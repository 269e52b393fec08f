# SPDX-License-Identifier: GPL-2.0-or-later
"""What was judged before: by the texts, the flags and the compilers, and by the headers read.

A verdict is only reused if every file that the preprocessor read is as it was.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import asdict
from pathlib import Path

from ..files.cache import Store
from ..files.digest import digest
from .build import invocation, methods_for, version_of
from .unit import ABSENT, PROVED, Job, Verdict, judge

_LAYOUT = "2"  # of a cache file; another number makes the old ones unknown


class Cache:
    """Verdicts kept in one directory; None keeps nothing."""

    def __init__(self, directory: Path | None) -> None:
        self._store = Store(directory)
        self._hashes: dict[str, str] = {}

    def judged(self, job: Job, shim: str) -> tuple[list[Verdict], bool]:
        """The verdicts on a job, and whether they were known. Only full proofs are kept."""
        if self._store.directory is None:
            return judge(job), False
        key = self._key(job, shim)
        known = self._known(key)
        if known is not None:
            return known, True
        verdicts = judge(job)
        if all(v.outcome in (PROVED, ABSENT) for v in verdicts):
            self._keep(key, job, verdicts)
        return verdicts, False

    def _key(self, job: Job, shim: str) -> str:
        methods = methods_for(job.command)
        facts = [_LAYOUT, shim, str(job.command.directory), *job.command.arguments]
        facts += [f"{m.name} {m.flags} {version_of(m.compiler)}" for m in methods]
        texts = (job.old.read_bytes(), job.new.read_bytes())
        return digest([*(fact.encode() for fact in facts), *texts])

    def _known(self, key: str) -> list[Verdict] | None:
        kept = self._store.get(key)
        try:
            if any(self._hash(path) != known for path, known in kept["headers"].items()):
                return None
            return [Verdict(**verdict) for verdict in kept["verdicts"]]
        except (KeyError, TypeError, AttributeError):
            return None

    def _keep(self, key: str, job: Job, verdicts: list[Verdict]) -> None:
        headers = _headers(job)
        if headers is None:
            return
        kept = {
            "headers": {path: self._hash(path) for path in headers},
            "verdicts": [asdict(v) for v in verdicts],
        }
        self._store.put(key, kept)

    def _hash(self, path: str) -> str:
        if path not in self._hashes:
            try:
                self._hashes[path] = digest([Path(path).read_bytes()])
            except OSError:
                self._hashes[path] = ""
        return self._hashes[path]


def _headers(job: Job) -> list[str] | None:
    """Every file that either text includes, the shim and the texts left out; None if not told."""
    method = methods_for(job.command)[0]
    found: set[str] = set()
    for source in (job.old, job.new):
        command = [w for w in invocation(job.command, method, source) if w not in ("-S", "-g0")]
        done = subprocess.run(
            [*command, "-w", "-M"], cwd=job.command.directory, capture_output=True, check=False
        )
        if done.returncode != 0:
            return None
        rule = done.stdout.decode("utf-8", "surrogateescape").replace("\\\n", " ")
        names = re.findall(r"(?:\\ |\S)+", rule.partition(":")[2])
        paths = {str(job.command.directory / name.replace("\\ ", " ")) for name in names}
        found |= {p for p in paths if Path(p).parent != source.parent}
    return sorted(found)
