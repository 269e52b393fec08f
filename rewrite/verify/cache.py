# SPDX-License-Identifier: GPL-2.0-or-later
"""What was judged before, told again only where every input of the compilers is what it was.

The key of a record holds what this tool gives to a compiler: the texts, the flags, the environment,
and its own code, which reads the answer. The record holds one name for what each compiler that had
a part in the proof read and was (`inputs`): asked anew before it is believed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ..files.cache import Store, StoreKind, tool_digest
from ..files.digest import digest_parts
from .build import Method, make_environment, methods_for
from .inputs import Inputs
from .unit import ABSENT, PROVED, Job, Verdict, judge_unit

_UNREAD = re.compile(
    r"_|PWD|OLDPWD|SHLVL|TERM|COLUMNS|LINES|PS\d|DISPLAY|WINDOWID|XDG_(?:SESSION|RUNTIME|VTNR|SEAT)\w*|"
    r"(?:SSH|DBUS|GPG|TMUX|STY|VTE|COLORTERM|LESS|GITHUB|RUNNER|ACTIONS|CI|GITLAB|JENKINS|PYTEST)\w*"
)
"""Variables that change from one terminal, or one run of a CI job, to the next, and that no gcc and
no clang reads. A wrapper could, so nothing is remembered of one."""


class Cache:
    """Verdicts kept in one directory; None keeps nothing."""

    def __init__(self, directory: Path | None) -> None:
        self._store = Store(directory, StoreKind.PROOFS)
        self._inputs = Inputs()

    def judged(self, job: Job, shim: str) -> tuple[list[Verdict], bool]:
        """The verdicts on a job, and whether they were known. Only full proofs are kept.

        Inputs are named right before a compiler reads them, and again at the end: where one changed
        meanwhile, nobody can tell which state of it was proved, and nothing is kept.
        """
        if self._store.directory is None:
            return judge_unit(job), False
        key = self._make_key(job, shim)
        known = self._find_known(key, job)
        if known is not None:
            return known, True
        before: dict[str, str | None] = {}

        def begin(method: Method) -> None:
            if method.name not in before:
                before.update(self._name_inputs(job, [method]))

        verdicts = judge_unit(job, begin)
        if all(v.outcome in (PROVED, ABSENT) for v in verdicts):
            after = self._name_inputs(job, _list_methods(job, verdicts))
            if None not in after.values() and after.items() <= before.items():
                self._store.put(key, {"inputs": after, "verdicts": [asdict(v) for v in verdicts]})
        return verdicts, False

    @cached_property
    def _tool(self) -> str:
        return tool_digest(())

    def _make_key(self, job: Job, shim: str) -> str:
        """What a proof depends on before any compiler is asked."""
        command = job.command
        groups = (
            (self._tool, shim, str(command.directory), str(command.path)),
            command.arguments,
            [f"{m.name} {m.compiler} {m.flags}" for m in methods_for(command)],
            [f"{n}={v}" for n, v in sorted(make_environment().items()) if not _UNREAD.fullmatch(n)],
            [f"{f.name} {f.old_lines} {f.new_lines} {sorted(f.kept)}" for f in job.functions],
        )
        named = [digest_parts(map(os.fsencode, group)).encode() for group in groups]
        return digest_parts([*named, job.texts.old, job.texts.new])

    def _find_known(self, key: str, job: Job) -> list[Verdict] | None:
        """The verdicts of a record, if the compilers read now what they read then."""
        kept = self._store.get(key)
        try:
            verdicts = [_read_verdict(verdict) for verdict in kept["verdicts"]]
            inputs = kept["inputs"]
        except (KeyError, TypeError, ValueError):
            return None
        if [(v.number, v.function) for v in verdicts] != [
            (f.number, f.name) for f in job.functions
        ]:
            return None
        now = self._name_inputs(job, _list_methods(job, verdicts))
        return verdicts if None not in now.values() and now == inputs else None

    def _name_inputs(self, job: Job, methods: Iterable[Method]) -> dict[str, str | None]:
        """The inputs of each method for both texts."""
        return {m.name: self._inputs.name(m, job.command, job.write_sources()) for m in methods}


def _read_verdict(kept: dict[str, Any]) -> Verdict:
    """A verdict of a record. Raises TypeError or ValueError for what is none that is ever kept."""
    verdict = Verdict(**kept)
    if verdict.outcome not in (PROVED, ABSENT) or not isinstance(verdict.method, str):
        raise ValueError("no verdict that is kept")
    old, new = (tuple(lines) for lines in (verdict.old_dead, verdict.new_dead))
    return replace(verdict, old_dead=old, new_dead=new)


def _list_methods(job: Job, verdicts: Iterable[Verdict]) -> list[Method]:
    """The methods that verdicts rest upon: the first, whose warnings count, and what proved one."""
    first, *others = methods_for(job.command)
    used = {v.method for v in verdicts}
    return [first, *(m for m in others if m.name in used)]
