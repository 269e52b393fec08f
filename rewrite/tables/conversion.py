# SPDX-License-Identifier: GPL-2.0-or-later
"""The whole way from the pairs of a file to its tables: read, match, write, prove. Nothing here writes
to the tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..c.lexical import mask_opaque
from ..c.syntax import Syntax
from ..errors import InputError
from ..files.edit import Edit, FileChange, apply_edits
from ..files.source import SourceFile
from ..rules.ruleset import Rules
from ..schema.handlers import GET, PUT, HandlerReader, Pair, open_handlers
from ..schema.handlers_functions import FunctionText
from ..schema.tree import TreeReader
from .blocks import check_locals
from .emit import Hooks, Versions, write_pair
from .era import Era
from .fields import CodeInfo, FieldWriter, Info
from .layout import Written, written
from .members import FileText, function_around
from .outcome import Converted, Outcome, Refused, TableResult, TablesResult
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
)
from .read import Signature, read_handler
from .registrations import Places, places_of, registration_edits
from .steps import Handler, MisfitError

_HANDLERS = ("register_savevm()", "register_savevm_live()")
_STRUCTS = ("a VMStateInfo", "a VMStateDescription")


@dataclass(frozen=True)
class Plan:
    """One pair's table: its symbol, the edits that make it, what the proof needs of the old text.

    `pairs` are all registrations of the two functions.
    """

    pair: Pair
    pairs: tuple[Pair, ...]
    symbol: str
    edits: tuple[Edit, ...]
    text: str
    fields: Written
    infos: tuple[Info | CodeInfo, ...]
    versions: tuple[int, ...]


@dataclass(frozen=True)
class _Done:
    """What the earlier pairs of a file became: their edits, the text that is new, their infos."""

    edits: tuple[Edit, ...] = ()
    text: bytes = b""
    infos: tuple[Info, ...] = ()

    def with_plan(self, plan: Plan) -> _Done:
        infos = tuple(info for info in plan.infos if isinstance(info, Info))
        text = self.text + plan.text.encode("latin-1")
        return _Done((*self.edits, *plan.edits), text, (*self.infos, *infos))


class TableConverter:
    """Converts the pairs of one tree's files."""

    def __init__(self, root: Path, rules: Rules) -> None:
        """Raises InputError where the tree at `root` has no VMState."""
        self.root = root
        self.rules = rules
        self._reader = TreeReader(root, rules)
        self.skipped = tuple(self._reader.open().skipped)
        self._handlers: HandlerReader = open_handlers(root, rules)
        self._sources = {str(s.path): s for s in self._handlers.sources}
        if not self._reader.defining("vmstate_save_state"):
            raise InputError(str(root), "this tree has no VMState, so it can have no tables")

    def convert(
        self, paths: Sequence[Path], advance: Callable[[int, int], None] | None = None
    ) -> TablesResult:
        """Convert the pairs of the files under some paths."""
        places = [path.resolve() for path in paths]
        wanted = {
            pair.path: None
            for pair in self._handlers.pairs
            if _is_section(pair) and any(Path(pair.path).is_relative_to(p) for p in places)
        }
        found = []
        for number, path in enumerate(wanted):
            found.append(self.convert_file(path))
            if advance is not None:
                advance(number + 1, len(wanted))
        return TablesResult(tuple(found), self.skipped)

    def convert_file(self, path: str) -> TableResult:
        """Convert the pairs that one file registers."""
        source = self._sources[path]
        self._reader.headers.add(path, source.data)
        self._reader.resolver.forget(path)
        groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Pair]] = {}
        for pair in self._handlers.pairs:
            if pair.path == path and _is_section(pair):
                groups.setdefault((pair.saves, pair.loads), []).append(pair)
        outcomes: list[Outcome] = []
        done = _Done()
        for pairs in sorted(groups.values(), key=self._start):
            try:
                plan = self._plan(source, tuple(pairs), done)
                outcomes += self._proved(source, plan, done)
            except MisfitError as misfit:
                outcomes += (_refused(source, pair, misfit) for pair in pairs)
                continue
            done = done.with_plan(plan)
        edits = tuple(sorted(done.edits))
        change = FileChange(source, apply_edits(source.data, edits)) if edits else None
        outcomes.sort(key=lambda o: o.pair.place.line)
        return TableResult(source, tuple(outcomes), edits, change)

    def _start(self, pairs: Sequence[Pair]) -> int:
        """Where the later of a pair's functions starts, which its table takes the place of."""
        found = self._handlers.functions.of_file(pairs[0].path)
        names = (pairs[0].save, pairs[0].load)
        return max((f.function.start for n in names for f in found.get(n, ())), default=0)

    # Planning.

    def _plan(self, source: SourceFile, pairs: tuple[Pair, ...], done: _Done) -> Plan:
        """The table of one pair, however often it is registered. Raises MisfitError.

        `done` is what the file's earlier pairs became.
        """
        pair = pairs[0]
        offset = source.line_starts[pair.place.line - 1]
        self._check_pair(source, pair, offset)
        path = str(source.path)
        view = self._reader.view_of(path)
        era = Era(view.scope, self.rules)
        if not era.known:
            raise MisfitError("table-no-macro", "this file sees no VMState", offset)
        places = places_of(source.data, pair, offset)
        syntax = Syntax(source, self._reader.resolver.macros(path).is_statement)
        file = FileText(syntax, self._reader.resolver, view)
        save = self._handler(file, places, pair.save)
        load = self._handler(file, places, pair.load)
        versions = _versions(pair, load, offset)
        _check_hooks(save, load, offset)
        taken = source.data + done.text
        symbol = _free_name(taken, _symbol_of(pair.idstr), offset)
        writer = FieldWriter(era, self.rules, load.state, versions[0], offset, taken, done.infos)
        fields = written(writer, self.rules, save, load)
        tables = writer.tables(symbol, pair.idstr, fields.lines)
        hooks = _hooks(taken, load.name, save, load, offset)
        text = write_pair(era, tables, Versions(pair.version_text, versions[0]), hooks, save, load)
        edits = [*self._texts(source, pair, text, places)]
        edits += registration_edits(places, symbol, era, self.rules)
        return Plan(pair, pairs, symbol, tuple(edits), text, fields, tables.infos, versions)

    def _check_pair(self, source: SourceFile, pair: Pair, offset: int) -> None:
        if not pair.save or not pair.load:
            raise MisfitError("table-no-pair", f"only {pair.save or pair.load}() is known", offset)
        if len(pair.saves) > 1 or len(pair.loads) > 1 or pair.by != _HANDLERS[0]:
            raise MisfitError("table-live", "a section that is sent in parts", offset)
        if pair.version is None:
            message = f"the version `{pair.version_text}` is not the same number everywhere"
            raise MisfitError("table-version", message, offset)
        if not re.search(rb'"' + re.escape(pair.idstr.encode()) + rb'"', source.data):
            message = f"the section's name `{pair.idstr}` is no string constant"
            raise MisfitError("table-name", message, offset)

    def _function(self, source: SourceFile, name: str, places: Places) -> FunctionText:
        """The only definition of a handler, in the file itself. Raises MisfitError."""
        offset = places.register[0].start
        found = self._handlers.functions.of_file(str(source.path)).get(name, [])
        if len(found) != 1 or found[0].conditions:
            message = f"{name}() is defined {len(found)} times in this file"
            if found and found[0].conditions:
                message = f"{name}() is under `#if {found[0].conditions[0]}`"
            raise MisfitError("table-other-place", message, offset)
        uses = len(re.findall(rb"\b" + name.encode() + rb"\b", mask_opaque(source.data)))
        if uses != 1 + len(places.register):
            message = f"{name}() is named in other places than its definition and registration"
            raise MisfitError("table-other-place", message, offset)
        return found[0]

    def _handler(self, file: FileText, places: Places, name: str) -> Handler:
        found = self._function(file.syntax.source, name, places)
        node = function_around(file, found.function.start + 1)
        if node is None:
            raise MisfitError("table-unread", f"{name}() can't be parsed", found.function.start)
        streams = [p.name for p in found.parameters if _is_stream(p.type, self.rules)]
        others = [p for p in found.parameters if p.name not in streams]
        right = len(streams) == 1 and bool(others) and others[0].type.replace(" ", "") == "void*"
        if not right or len(others) > 2:
            raise MisfitError("table-unread", f"{name}() takes other parameters", node.start_byte)
        version = others[1].name if len(others) == 2 else ""
        signature = Signature(name, streams[0], others[0].name, version)
        return read_handler(file, self.rules, node, signature)

    def _texts(self, source: SourceFile, pair: Pair, text: str, places: Places) -> Iterator[Edit]:
        """The table in place of the function that stands later, and the other one gone."""
        spans = sorted(
            _span(source, self._function(source, name, places)) for name in (pair.save, pair.load)
        )
        offset = min(call.start for call in (*places.register, *places.unregister))
        if offset < spans[1][0]:
            message = "it is registered before the functions are defined"
            raise MisfitError("table-other-place", message, offset)
        (first, first_end), (second, second_end) = spans
        yield Edit(first, _after_blank(source.data, first_end), b"")
        yield Edit(
            second, second_end, text.replace("\n", source.newline.decode()).encode("latin-1")
        )

    # Proving.

    def _proved(self, source: SourceFile, plan: Plan, done: _Done) -> list[Outcome]:
        """What became of a plan's pairs: where the proof fails, they stay. Raises MisfitError."""
        data = apply_edits(source.data, (*done.edits, *plan.edits))
        new = SourceFile(source.path, source.name, data)
        try:
            return [self._prove(new, plan, pair) for pair in plan.pairs]
        except UnprovedError as error:
            code = "table-proof" if isinstance(error, DiffersError) else "table-unproved"
            offset = source.line_starts[plan.pair.place.line - 1]
            raise MisfitError(code, str(error), offset) from error
        finally:
            self._reader.read_again(source)

    def _prove(self, new: SourceFile, plan: Plan, pair: Pair) -> Converted:
        """Lay the models beside each other, for each version. Raises UnprovedError."""
        found = self._reader.read_again(new)
        tables = {d.symbol: d for d in found.descriptions} if found is not None else {}
        table = tables.get(plan.symbol)
        if table is None or found is None:
            raise UnprovedError("the table is not found in the new text")
        if plan.symbol not in [r.symbol for r in found.registered]:
            raise UnprovedError("the table is not registered in the new text")
        current = plan.versions[-1]
        if (table.version_id, table.minimum_version_id) != (current, plan.versions[0]):
            raise DiffersError("the table has other versions than the functions")
        puts, gets = self._infos(new, plan)
        helped = tuple(helped_by_steps(plan.fields.saves))
        layout = layout_of_table(table, tables, current, puts)
        check_same(layout_of_code(self._handlers.saved(pair), current), layout, "save", helped)
        loaded = self._handlers.loaded(pair)
        for version in plan.versions:
            layout = layout_of_table(table, tables, version, gets)
            check_same(layout_of_code(loaded, version), layout, "load", helped)
            elements = list(elements_of_table(table, tables, version, gets))
            if elements != list(elements_of_steps(plan.fields.loads, version)):
                raise DiffersError("the table has other elements than the load")
        if elements != list(elements_of_steps(plan.fields.saves, current)):
            raise DiffersError("the table has other elements than the save")
        return Converted(pair, plan.symbol, len(table.fields), plan.versions)

    def _infos(self, new: SourceFile, plan: Plan) -> tuple[Infos, Infos]:
        """What the infos that hold code do, read from the new text: all puts, all gets."""
        symbols = {info.name for info in plan.infos if isinstance(info, CodeInfo)}
        if not symbols:
            return NO_INFOS, NO_INFOS
        path = str(new.path)
        sources = [new if str(s.path) == path else s for s in self._handlers.sources]
        reader = HandlerReader(sources, self._reader.resolver, self.rules)
        found = {p.symbol: p for p in reader.pairs if p.path == path and p.symbol in symbols}
        puts = {symbol: pair.save for symbol, pair in found.items()}
        gets = {symbol: pair.load for symbol, pair in found.items()}
        return (
            Infos(puts, lambda name: reader.model_of_function(name, PUT, path)),
            Infos(gets, lambda name: reader.model_of_function(name, GET, path)),
        )


def _is_section(pair: Pair) -> bool:
    return pair.by in _HANDLERS


def _is_stream(type_text: str, rules: Rules) -> bool:
    return any(name in type_text.split() for name in rules.stream_types)


def _refused(source: SourceFile, pair: Pair, misfit: MisfitError) -> Refused:
    position = source.position(misfit.offset)
    return Refused(pair, misfit.code, misfit.message, source.name, position.line, position.column)


def _versions(pair: Pair, load: Handler, offset: int) -> tuple[int, ...]:
    """The versions that the load accepts, the current one last. Raises MisfitError."""
    current = pair.version
    assert current is not None
    lowest, highest = load.lowest or 0, load.highest
    if lowest > current or (highest is not None and highest < current):
        message = f"version {current} is saved, and the load takes {lowest} to {highest}"
        raise MisfitError("table-version", message, offset)
    return tuple(range(lowest, current + 1))


def _check_hooks(save: Handler, load: Handler, offset: int) -> None:
    """Raise MisfitError for code where a table calls no function."""
    if save.state != load.state:
        raise MisfitError("table-differs", "save and load take other structs", offset)
    if save.after:
        message = "the save does something behind the last value"
        raise MisfitError("table-code-between", message, save.after[0].offset)
    if load.before:
        message = "the load does something in front of the first value"
        raise MisfitError("table-code-between", message, load.before[0].offset)
    for handler, code in ((save, save.before), (load, load.after)):
        check_locals(handler, "\n".join(s.text for s in code), code[0].offset if code else offset)
    if any(re.search(r"\breturn\b", s.text) for s in save.before):
        message = "the save ends early under a condition"
        raise MisfitError("table-condition", message, save.before[0].offset)


def _symbol_of(idstr: str) -> str:
    words = re.sub(r"\W+", "_", idstr).strip("_").lower()
    return f"vmstate_{words}"


def _free_name(data: bytes, name: str, offset: int) -> str:
    if re.search(rb"\b" + name.encode() + rb"\b", data):
        raise MisfitError("table-other-place", f"the name {name} is taken in this file", offset)
    return name


def _hooks(data: bytes, load_name: str, save: Handler, load: Handler, offset: int) -> Hooks:
    stem = load_name.removesuffix("_load")
    pre = _free_name(data, f"{stem}_pre_save", offset) if save.before else ""
    post = _free_name(data, f"{stem}_post_load", offset) if load.after else ""
    return Hooks(pre, post)


def _span(source: SourceFile, function: FunctionText) -> tuple[int, int]:
    """The bytes of a definition: from the first line of its head to the newline behind it."""
    data = source.data
    masked = data
    start = function.function.start
    while True:
        line = data.rfind(b"\n", 0, start) + 1
        previous = masked[data.rfind(b"\n", 0, max(line - 1, 0)) + 1 : max(line - 1, 0)].strip()
        if (
            line == 0
            or not previous
            or previous.endswith((b";", b"}", b"*/"))
            or previous[:1] == b"#"
        ):
            break
        start = line - 1
    end = function.function.start + len(function.function.body)
    newline = data.find(b"\n", end)
    return line, newline + 1 if newline >= 0 else len(data)


def _after_blank(data: bytes, end: int) -> int:
    """Behind one empty line that follows."""
    return end + 1 if data[end : end + 1] == b"\n" else end
