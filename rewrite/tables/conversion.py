# SPDX-License-Identifier: GPL-2.0-or-later
"""The whole way from the pairs of a file to its tables: read, match, write, prove. Nothing here writes
to the tree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ..errors import InputError
from ..files.edit import FileChange, apply_edits
from ..files.source import SourceFile
from ..rules.ruleset import Rules
from ..schema.handlers import HandlerReader, Pair, open_handlers
from ..schema.tree import TreeReader
from .items import items_of
from .outcome import Outcome, Refused, TableResult, TablesResult
from .planning import Done, Planner
from .proving import Prover
from .steps import MisfitError


class TableConverter:
    """Converts the pairs of one tree's files."""

    def __init__(self, root: Path, rules: Rules) -> None:
        """Raises InputError where the tree at `root` has no VMState."""
        self.root = root
        self._reader = TreeReader(root, rules)
        self.skipped = tuple(self._reader.open().skipped)
        handlers: HandlerReader = open_handlers(root, rules)
        self._sources = {str(s.path): s for s in handlers.sources}
        if not self._reader.defining("vmstate_save_state"):
            raise InputError(str(root), "this tree has no VMState, so it can have no tables")
        self._items = items_of(handlers, rules)
        self._planner = Planner(self._reader, handlers, rules)
        self._prover = Prover(self._reader, handlers, rules)

    def convert(
        self, paths: Sequence[Path], advance: Callable[[int, int], None] | None = None
    ) -> TablesResult:
        """Convert the pairs whose functions are in the files under some paths."""
        places = [path.resolve() for path in paths]
        wanted = [path for path in self._items if any(Path(path).is_relative_to(p) for p in places)]
        found = []
        for number, path in enumerate(sorted(wanted)):
            found.append(self.convert_file(path))
            if advance is not None:
                advance(number + 1, len(wanted))
        return TablesResult(tuple(found), self.skipped)

    def convert_file(self, path: str) -> TableResult:
        """Convert the pairs whose functions are in one file."""
        source = self._sources[path]
        self._reader.headers.add(path, source.data)
        self._reader.resolver.forget(path)
        outcomes: list[Outcome] = []
        done = Done()
        for item in self._items[path]:
            try:
                plan = self._planner.plan(source, item, done)
                offset = self._planner.offset_of(source, item)
                outcomes += self._prover.prove(source, plan, done, offset)
            except MisfitError as misfit:
                outcomes += (_refused(source, pair, misfit) for pair in item.pairs)
                continue
            done = done.with_plan(plan)
        edits = tuple(sorted(done.edits))
        change = FileChange(source, apply_edits(source.data, edits)) if edits else None
        outcomes.sort(key=lambda o: (o.pair.place.path, o.pair.place.line))
        return TableResult(source, tuple(outcomes), edits, change)


def _refused(source: SourceFile, pair: Pair, misfit: MisfitError) -> Refused:
    position = source.position(misfit.offset)
    return Refused(pair, misfit.code, misfit.message, source.name, position.line, position.column)
