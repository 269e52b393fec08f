# SPDX-License-Identifier: GPL-2.0-or-later
"""The whole way from the pairs of a file to its tables: read, match, write, prove. Nothing here writes
to the tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ..errors import InputError
from ..files.edit import FileChange, apply_edits
from ..files.source import SourceFile
from ..rules.ruleset import Rules
from ..schema.handlers import FunctionPair, HandlerReader, open_handlers
from ..schema.tree import TreeReader
from .era import Era
from .items import PairItem, Way, items_of
from .outcome import Converted, Outcome, Refused, TableResult, TablesResult
from .planning import Done, TablePlan, TablePlanner
from .proving import Prover
from .steps import NoTableError


class TableConverter:
    """Converts the pairs of one tree's files."""

    def __init__(self, root: Path, rules: Rules) -> None:
        """Raises InputError where the tree at `root` has no VMState."""
        self.root = root
        self._rules = rules
        self._reader = TreeReader(root, rules)
        self.skipped = tuple(self._reader.open().skipped)
        handlers: HandlerReader = open_handlers(root, rules)
        self._sources = {str(s.path): s for s in handlers.sources}
        if not self._reader.find_defining("vmstate_save_state"):
            raise InputError(str(root), "this tree has no VMState, so it can have no tables")
        self._items = items_of(handlers, rules)
        self._planner = TablePlanner(self._reader, handlers, rules)
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

    def files_defining(self, symbol: str) -> list[Path]:
        """The files that define a function of the interpreter, a VMStateInfo or a table of the tree."""
        rules = self._rules.interpreters
        if any(symbol in (*rule.save, *rule.load, *rule.both) for rule in rules):
            return [Path(path) for path in self._reader.find_defining(symbol)]
        infos = [info.path for info in self._reader.infos.get(symbol, ())]
        return [Path(path) for path in dict.fromkeys((*infos, *self._files_describing(symbol)))]

    def _files_describing(self, symbol: str) -> Iterator[str]:
        """The files that define a table of some name."""
        pattern = re.compile(rb"\bVMStateDescription\s+" + symbol.encode() + rb"\s*=")
        return (path for path, source in self._sources.items() if pattern.search(source.data))

    def count_access(self, path: Path, way: str) -> int:
        """The number of parameters that a VMStateInfo's `put` or `get` has, as a file sees it."""
        hook = Era(self._reader.view_of(str(path)).scope, self._rules).access_of(way)
        return hook.parameters.count(",") + 1 if hook is not None else 0

    def count_parameters(self, path: Path, function: str) -> int | None:
        """The number of a function's parameters as a file sees it declared; None if it does not."""
        return Era(self._reader.view_of(str(path)).scope, self._rules).parameters_of(function)

    def convert_file(self, path: str) -> TableResult:
        """Convert the pairs whose functions are in one file."""
        source = self._sources[path]
        self._reader.headers.add(path, source.data)
        self._reader.resolver.forget(path)
        outcomes: list[Outcome] = []
        done = Done()
        for item in self._items[path]:
            try:
                plan, found = self._convert_item(source, item, done)
                outcomes += found
            except NoTableError as misfit:
                outcomes += (_refuse_pair(source, pair, misfit) for pair in item.pairs)
                continue
            done = done.with_plan(plan) if plan is not None else done
        edits = tuple(sorted(done.edits))
        change = FileChange(source, apply_edits(source.data, edits)) if edits else None
        outcomes.sort(key=lambda o: (o.pair.place.path, o.pair.place.line))
        return TableResult(source, tuple(outcomes), edits, change)

    def _convert_item(
        self, source: SourceFile, item: PairItem, done: Done
    ) -> tuple[TablePlan | None, list[Converted]]:
        """Plan and prove one pair; nothing of an info that is a plain value. Raises NoTableError."""
        offset = self._planner.offset_of(source, item)
        if item.way is Way.MEMBER:
            pair = item.pairs[0]
            message = f"{pair.save}() and {pair.load}() are members of {pair.by}"
            raise NoTableError("table-member", message, offset)
        if item.way is Way.INFO:
            made = self._planner.plan_info(source, item, done)
            if made is None:
                return None, []
            return made, [self._prover.prove_info(source, made, done, offset)]
        plan = self._planner.plan(source, item, done)
        return plan, self._prover.prove(source, plan, done, offset)


def _refuse_pair(source: SourceFile, pair: FunctionPair, misfit: NoTableError) -> Refused:
    position = source.position(misfit.offset)
    return Refused(pair, misfit.code, misfit.message, source.name, position.line, position.column)
