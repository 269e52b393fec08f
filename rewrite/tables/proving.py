# SPDX-License-Identifier: GPL-2.0-or-later
"""Proves a planned table: reads it from the new text and lays it beside the functions of the old."""

from __future__ import annotations

from ..files.edit import apply_edits
from ..files.source import SourceFile
from ..rules.ruleset import Rules
from ..schema.handlers import GET, PUT, FunctionPair, HandlerReader
from ..schema.model import Call
from ..schema.tables_links import FileTables
from ..schema.tree import TreeReader
from .fields import CodeInfo
from .infos import check_users
from .outcome import Converted
from .planning import Done, TablePlan
from .proof import (
    NO_INFOS,
    DiffersError,
    Infos,
    UnprovedError,
    check_same,
    elements_of_steps,
    elements_of_table,
    helped_by_steps,
    layout_of_code,
    layout_of_table,
    under_one_condition,
)
from .steps import NoTableError


class Prover:
    """Proves the plans of one tree's pairs."""

    def __init__(self, reader: TreeReader, handlers: HandlerReader, rules: Rules) -> None:
        """`reader` reads tables, `handlers` has the models of the old functions."""
        self._reader = reader
        self._handlers = handlers
        self._rules = rules

    def prove(
        self, source: SourceFile, plan: TablePlan, done: Done, offset: int
    ) -> list[Converted]:
        """What the pairs of a plan became. Raises NoTableError at `offset` where the proof fails.

        `done` is what the file's earlier pairs became, whose text is there as well.
        """
        data = apply_edits(source.data, (*done.edits, *plan.edits))
        new = SourceFile(source.path, source.name, data)
        try:
            return [self._prove(new, plan, pair) for pair in plan.item.pairs]
        except UnprovedError as error:
            code = "table-proof" if isinstance(error, DiffersError) else "table-unproved"
            raise NoTableError(code, str(error), offset) from error
        finally:
            self._reader.read_again(source)

    def prove_info(self, source: SourceFile, plan: TablePlan, done: Done, offset: int) -> Converted:
        """What an info became. Raises NoTableError at `offset` where the proof fails."""
        before = SourceFile(source.path, source.name, apply_edits(source.data, done.edits))
        data = apply_edits(source.data, (*done.edits, *plan.edits))
        new = SourceFile(source.path, source.name, data)
        try:
            users = self._reader.read_again(before)
            found = self._reader.read_again(new)
            return self._prove_info(new, plan, users, found)
        except UnprovedError as error:
            code = "table-proof" if isinstance(error, DiffersError) else "table-unproved"
            raise NoTableError(code, str(error), offset) from error
        finally:
            self._reader.read_again(source)

    def _prove_info(
        self, new: SourceFile, plan: TablePlan, users: FileTables | None, found: FileTables | None
    ) -> Converted:
        """Lay the info's functions beside its table, and the tables that use it beside the old ones."""
        pair, path = plan.item.pairs[0], str(new.path)
        tables = {d.symbol: d for d in found.descriptions} if found is not None else {}
        table = tables.get(plan.symbol)
        if table is None or found is None or users is None:
            raise UnprovedError("the table is not found in the new text")
        fields = plan.fields
        helped = tuple(helped_by_steps((*fields.saves, *fields.loads)))
        infos = self._read_infos(new, plan)
        sides = ((pair.save, PUT, fields.saves), (pair.load, GET, fields.loads))
        for (name, direction, steps), own in zip(sides, infos, strict=True):
            code = layout_of_code(self._handlers.model_of_function(name, direction, path), 1)
            layout = under_one_condition(layout_of_table(table, tables, 1, own))
            check_same(code, layout, direction, helped)
            if list(elements_of_table(table, tables, 1, own)) != list(elements_of_steps(steps, 1)):
                raise DiffersError(f"the table has other elements than {name}()")
        check_users(users.descriptions, found.descriptions, pair.symbol, plan.symbol)
        return Converted(pair, plan.symbol, len(table.fields), (1,), plan.state, remote=False)

    def _prove(self, new: SourceFile, plan: TablePlan, pair: FunctionPair) -> Converted:
        """Lay the models beside each other, for each version. Raises UnprovedError."""
        found = self._reader.read_again(new)
        tables = {d.symbol: d for d in found.descriptions} if found is not None else {}
        table = tables.get(plan.symbol)
        if table is None or found is None:
            raise UnprovedError("the table is not found in the new text")
        self._check_used(new, plan, found)
        current = plan.versions[-1]
        if (table.version_id, table.minimum_version_id) != (current, plan.versions[0]):
            raise DiffersError("the table has other versions than the functions")
        puts, gets = self._read_infos(new, plan)
        helped = tuple(helped_by_steps((*plan.fields.saves, *plan.fields.loads)))
        layout = under_one_condition(layout_of_table(table, tables, current, puts))
        saved = layout_of_code(self._handlers.model_save(pair), current)
        check_same(saved, layout, "save", (*helped, *plan.set_in_save))
        loaded = self._handlers.model_load(pair)
        for version in plan.versions:
            layout = under_one_condition(layout_of_table(table, tables, version, gets))
            check_same(layout_of_code(loaded, version), layout, "load", helped)
            elements = list(elements_of_table(table, tables, version, gets))
            if elements != list(elements_of_steps(plan.fields.loads, version)):
                raise DiffersError("the table has other elements than the load")
        if elements != list(elements_of_steps(plan.fields.saves, current)):
            raise DiffersError("the table has other elements than the save")
        return Converted(
            pair, plan.symbol, len(table.fields), plan.versions, plan.state, plan.item.remote
        )

    def _check_used(self, new: SourceFile, plan: TablePlan, found: FileTables) -> None:
        """Raise UnprovedError where the new text does not use the table as it should."""
        if not plan.item.remote:
            if plan.symbol not in [r.symbol for r in found.registered]:
                raise UnprovedError("the table is not registered in the new text")
            return
        pair, path = plan.item.pairs[0], str(new.path)
        reader = self._reader_of(new)
        for name, direction in ((pair.save, PUT), (pair.load, GET)):
            nodes = reader.model_of_function(name, direction, path)
            if [n.symbol if isinstance(n, Call) else "" for n in nodes] != [plan.symbol]:
                raise UnprovedError(f"{name}() does not just call the table in the new text")

    def _reader_of(self, new: SourceFile) -> HandlerReader:
        """A reader of the tree with the new text of a file."""
        path = str(new.path)
        sources = [new if str(s.path) == path else s for s in self._handlers.sources]
        return HandlerReader(sources, self._reader.resolver, self._rules)

    def _read_infos(self, new: SourceFile, plan: TablePlan) -> tuple[Infos, Infos]:
        """What the infos that hold code do, read from the new text: all puts, all gets."""
        symbols = {info.name for info in plan.infos if isinstance(info, CodeInfo)}
        if not symbols:
            return NO_INFOS, NO_INFOS
        path = str(new.path)
        reader = self._reader_of(new)
        found = {p.symbol: p for p in reader.pairs if p.path == path and p.symbol in symbols}
        puts = {symbol: pair.save for symbol, pair in found.items()}
        gets = {symbol: pair.load for symbol, pair in found.items()}
        return (
            Infos(puts, lambda name: reader.model_of_function(name, PUT, path)),
            Infos(gets, lambda name: reader.model_of_function(name, GET, path)),
        )
