# SPDX-License-Identifier: GPL-2.0-or-later
"""What the lint found before in the same files with the same rules: told again without parsing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ..files.cache import Store, tool_digest
from ..files.digest import digest_parts
from ..files.source import SourceFile
from ..files.tree import Seen, Tree
from ..rules.ruleset import builtin_directory
from .config import LintConfig
from .finding import Finding

Fixes = list[tuple[str, int, str]]
"""Of each call that is converted: its path, its offset, and what to write instead."""


@dataclass(frozen=True)
class LintCache:
    """Results of the lint with the tool's rules and those of some directories."""

    store: Store
    rules: Sequence[Path]
    config: LintConfig

    @cached_property
    def _tool(self) -> str:
        return tool_digest([builtin_directory(), *self.rules])

    def find_findings(
        self, sources: Sequence[SourceFile], find: Callable[[], list[Finding]]
    ) -> list[Finding]:
        """What `find` finds in files that are linted together, which depends on nothing else."""
        if self.store.directory is None:
            return find()
        key = self._make_key("findings", sources)
        kept = _read_findings(self.store.get(key))
        if kept is None:
            kept = find()
            self.store.put(key, [_record_finding(f) for f in kept])
        return kept

    def find_fixes(
        self,
        tree: Tree,
        dialect: str,
        sources: Sequence[SourceFile],
        convert: Callable[[], tuple[Fixes, list[Seen]]],
        kind: str = "fixes",
    ) -> Fixes:
        """What `convert` would write in the files, which depends on what it sees of the tree as well.

        `kind` says which of the things that can be asked for is.
        `tree` must be of the same root as the one that `convert` looks at.
        """
        if self.store.directory is None:
            return convert()[0]
        key = self._make_key(kind, sources, os.fsencode(tree.root), dialect.encode())
        kept = self.store.get(key)
        known = _read_fixes(kept, tree)
        if known is None:
            known, seen = convert()
            files = {path: held for one in seen for path, held in one.files.items()}
            named = {name: paths for one in seen for name, paths in one.named.items()}
            self.store.put(key, {"fixes": known, "files": files, "named": named})
        return known

    def _make_key(self, kind: str, sources: Iterable[SourceFile], *more: bytes) -> str:
        told = (part for s in sources for part in (os.fsencode(s.name), s.data))
        return digest_parts(
            [kind.encode(), self._tool.encode(), _spell_config(self.config), *more, *told]
        )


def _spell_config(config: LintConfig) -> bytes:
    """A configuration as text: the same for the same, whatever order its sets are in."""
    facts = vars(config) | {
        "severity": sorted(config.severity.items()),
        "message": sorted(config.message.items()),
        "primitives": None if config.primitives is None else sorted(config.primitives),
    }
    return repr(sorted(facts.items())).encode()


def _read_findings(kept: Any) -> list[Finding] | None:
    try:
        return None if kept is None else [Finding(**finding) for finding in kept]
    except TypeError:
        return None


def _record_finding(finding: Finding) -> dict[str, Any]:
    """A finding as it is remembered; what converts its function is made when it is asked for."""
    return {name: value for name, value in asdict(finding).items() if name != "replacements"}


def _read_fixes(kept: Any, tree: Tree) -> Fixes | None:
    """The fixes that were kept, if the tree looks as it did then."""
    try:
        seen = Seen(dict(kept["files"]), dict(kept["named"]))
        fixes = [(str(path), int(offset), str(text)) for path, offset, text in kept["fixes"]]
    except (TypeError, KeyError, ValueError):
        return None
    return fixes if tree.looks_as(seen) else None


def with_fixes(found: Sequence[Finding], fixes: Fixes, names: Mapping[str, str]) -> list[Finding]:
    """The findings of primitives with what to write instead; all with the names of their files."""
    known = {(path, offset, "new-primitive"): text for path, offset, text in fixes}
    return [
        replace(f, fix=known.get((f.path, f.offset, f.code), ""), path=names.get(f.path, f.path))
        for f in found
    ]
