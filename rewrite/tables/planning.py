# SPDX-License-Identifier: GPL-2.0-or-later
"""Plans the table of one pair: what to read, which checks, the edits that make it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..c.lexical import mask_opaque
from ..c.syntax import Syntax
from ..files.edit import Edit
from ..files.source import SourceFile
from ..rules.ruleset import Rules
from ..schema.handlers import FunctionPair, HandlerReader
from ..schema.handlers_functions import FunctionText
from ..schema.tree import TreeReader
from .blocks import check_locals
from .emit import Hooks, Versions, write_callers, write_pair
from .era import Era
from .fields import CodeInfo, FieldWriter, OwnInfo
from .infos import definition_of, table_name, use_edits
from .items import PLAIN, PairItem
from .layout import Written, write_fields
from .members import FileText, function_around
from .read import Signature, read_handler
from .registrations import RegistrationPlaces, places_of, registration_edits
from .steps import Handler, NoTableError, stem_of


@dataclass(frozen=True)
class TablePlan:
    """One pair's table: its symbol, the edits that make it, what the proof needs of the old text.

    `text` is what is new beside registrations, `state` the struct that is described. `set_in_save` are
    members that the save sets itself: its model says of them what they are set to.
    """

    item: PairItem
    symbol: str
    state: str
    edits: tuple[Edit, ...]
    text: str
    fields: Written
    infos: tuple[OwnInfo | CodeInfo, ...]
    versions: tuple[int, ...]
    set_in_save: tuple[str, ...]


@dataclass(frozen=True)
class Done:
    """What the earlier pairs of a file became: their edits, the text that is new, their infos."""

    edits: tuple[Edit, ...] = ()
    text: bytes = b""
    infos: tuple[OwnInfo, ...] = ()

    def with_plan(self, plan: TablePlan) -> Done:
        """The same with one pair more."""
        infos = tuple(info for info in plan.infos if isinstance(info, OwnInfo))
        text = self.text + plan.text.encode("latin-1")
        return Done((*self.edits, *plan.edits), text, (*self.infos, *infos))


class TablePlanner:
    """Plans the tables of one tree's pairs."""

    def __init__(self, reader: TreeReader, handlers: HandlerReader, rules: Rules) -> None:
        """`reader` knows the tree's macros and types, `handlers` its functions."""
        self._reader = reader
        self._handlers = handlers
        self._rules = rules

    def plan(self, source: SourceFile, item: PairItem, done: Done) -> TablePlan:
        """The table of one pair, however often it is registered. Raises NoTableError.

        `done` is what the file's earlier pairs became.
        """
        pair = item.pairs[0]
        offset = self.offset_of(source, item)
        self._check_pair(source, item, offset)
        path = str(source.path)
        view = self._reader.view_of(path)
        era = Era(view.scope, self._rules)
        if not era.known:
            raise NoTableError("table-no-macro", "this file sees no VMState", offset)
        places = None if item.remote else places_of(source.data, pair, offset)
        syntax = Syntax(source, self._reader.resolver.find_macros(path).is_statement)
        file = FileText(syntax, self._reader.resolver, view)
        uses = 1 + (len(places.register) if places is not None else 0)
        end = self._end_of(source, pair)
        functions = [
            self._find_function(source, n, uses, offset, end) for n in (pair.save, pair.load)
        ]
        save, load = (self._read_handler(file, function) for function in functions)
        versions = _accepted_versions(pair, load, offset)
        _check_hooks(save, load, offset, self._rules)
        taken = source.data + done.text
        symbol = _free_name(taken, _symbol_of(pair.idstr), offset)
        writer = FieldWriter(era, self._rules, load.state, versions[0], offset, taken, done.infos)
        fields = write_fields(writer, self._rules, save, load)
        tables = writer.write_tables(symbol, pair.idstr, fields.lines)
        hooks = _read_hooks(taken, load.name, save, load, offset)
        oldest = pair.version_text if len(versions) == 1 else str(versions[0])
        told = Versions(pair.version_text, oldest)
        text = write_pair(era, tables, told, hooks, save, load)
        if places is None:
            edits = list(
                _called_edits(source, functions, text, write_callers(era, symbol, save, load))
            )
        else:
            edits = list(_replace_functions(source, functions, text, places))
            edits += registration_edits(places, symbol, era, self._rules)
        return TablePlan(
            item, symbol, load.state, tuple(edits), text, fields, tables.infos, versions,
            _set_in_save(save),
        )  # fmt: skip

    def _end_of(self, source: SourceFile, pair: FunctionPair) -> int:
        """Where the later of a pair's functions ends."""
        known = self._handlers.functions.of_file(str(source.path))
        found = [f.function for n in (pair.save, pair.load) for f in known.get(n, ())]
        return max((f.start + len(f.body) for f in found), default=0)

    def plan_info(self, source: SourceFile, item: PairItem, done: Done) -> TablePlan | None:
        """The table of the struct that a VMStateInfo moves; None for one that moves a plain value.

        Raises NoTableError.
        """
        pair, offset = item.pairs[0], self.offset_of(source, item)
        path = str(source.path)
        view = self._reader.view_of(path)
        era = Era(view.scope, self._rules)
        known = self._handlers.functions.of_file(path)
        if all(
            _moves_plain(f, self._rules) for n in (pair.save, pair.load) for f in known.get(n, ())
        ):
            return None
        where = definition_of(source, pair.symbol, offset)
        functions = [
            self._find_function(source, n, 2, offset, where.end) for n in (pair.save, pair.load)
        ]
        syntax = Syntax(source, self._reader.resolver.find_macros(path).is_statement)
        file = FileText(syntax, self._reader.resolver, view)
        save, load = (self._read_handler(file, function, info=True) for function in functions)
        _check_hooks(save, load, offset, self._rules)
        self._check_unshared(source, pair.symbol, offset)
        taken = source.data + done.text
        symbol = table_name(taken, pair.symbol)
        writer = FieldWriter(era, self._rules, load.state, 0, offset, taken, done.infos)
        fields = write_fields(writer, self._rules, save, load)
        tables = writer.write_tables(symbol, where.name, fields.lines)
        hooks = _read_hooks(taken, load.name, save, load, offset)
        text = write_pair(era, tables, Versions("1", "1"), hooks, save, load)
        edits = [Edit(s, _after_blank(source.data, e), b"")
                 for s, e in (_definition_span(source, f) for f in functions)]  # fmt: skip
        edits.append(Edit(where.start, where.end, _encode_text(source, text)))
        edits += use_edits(source, pair.symbol, symbol, load.state, where, era, self._rules)
        return TablePlan(
            item, symbol, load.state, tuple(edits), text, fields, tables.infos, (1,),
            _set_in_save(save),
        )  # fmt: skip

    def _check_unshared(self, source: SourceFile, symbol: str, offset: int) -> None:
        """Raise NoTableError where another file of the tree names an info, or an interpreter that looks
        for subsections behind each table takes bytes before it knows their name."""
        word = re.compile(rb"\b" + symbol.encode() + rb"\b")
        owners = {info.path for info in self._reader.infos.get(symbol, ())}
        for other in self._reader.sources:
            if str(other.path) not in owners and word.search(mask_opaque(other.data)):
                message = f"{other.name} names {symbol} as well"
                raise NoTableError("table-other-place", message, offset)
        for function in (r.subsections for r in self._rules.interpreters):
            body = self._reader.body_of(function)
            if body and re.search(r"\bstrncmp\b", body) is None:
                message = "a table inside of a table may take the next bytes for a subsection"
                raise NoTableError("table-no-macro", message, offset)

    def offset_of(self, source: SourceFile, item: PairItem) -> int:
        """The byte of a pair's file that what is told of the whole pair is at."""
        pair = item.pairs[0]
        if not item.remote:
            return source.line_starts[pair.place.line - 1]
        found = self._handlers.functions.of_file(item.path).get(pair.save)
        return found[0].function.start if found else 0

    def _check_pair(self, source: SourceFile, item: PairItem, offset: int) -> None:
        pair = item.pairs[0]
        if not pair.save or not pair.load:
            raise NoTableError("table-no-pair", f"only {pair.save or pair.load}() is known", offset)
        if len(pair.saves) > 1 or len(pair.loads) > 1 or pair.by != PLAIN:
            raise NoTableError("table-live", "a section that is sent in parts", offset)
        if pair.version is None:
            message = f"the version `{pair.version_text}` is not the same number everywhere"
            raise NoTableError("table-version", message, offset)
        if len({p.version for p in item.pairs}) > 1 or len({p.idstr for p in item.pairs}) > 1:
            message = "it is registered under several names or with several versions"
            raise NoTableError("table-name", message, offset)
        if not item.remote and not re.search(
            rb'"' + re.escape(pair.idstr.encode()) + rb'"', source.data
        ):
            message = f"the section's name `{pair.idstr}` is no string constant"
            raise NoTableError("table-name", message, offset)

    def _find_function(
        self, source: SourceFile, name: str, uses: int, offset: int, user: int | None = None
    ) -> FunctionText:
        """The only definition of a handler, in the file itself. Raises NoTableError.

        It may be under an #if if that holds for all up to the byte `user`, where the pair ends.
        """
        found = self._handlers.functions.of_file(str(source.path)).get(name, [])
        beside = len(found) == 1 and user is not None and _has_no_directive(source, found[0], user)
        if len(found) != 1 or (found[0].conditions and not beside):
            message = f"{name}() is defined {len(found)} times in this file"
            if found and found[0].conditions:
                message = f"{name}() is under `#if {found[0].conditions[0]}`"
            raise NoTableError("table-other-place", message, offset)
        found_uses = len(re.findall(rb"\b" + name.encode() + rb"\b", mask_opaque(source.data)))
        if found_uses != uses:
            message = f"{name}() is named in other places than its definition and registration"
            raise NoTableError("table-other-place", message, offset)
        return found[0]

    def _read_handler(self, file: FileText, found: FunctionText, info: bool = False) -> Handler:
        """What a function does; of an info's parameters only the stream and the object are used."""
        name = found.name
        node = function_around(file, found.function.start + 1)
        if node is None:
            raise NoTableError("table-unread", f"{name}() can't be parsed", found.function.start)
        self._check_primitives(file, found)
        streams = [p.name for p in found.parameters if _is_stream(p.type, self._rules)]
        others = [p for p in found.parameters if p.name not in streams]
        if info:
            words = set(re.findall(r"\w+", found.function.body))
            if used := [p.name for p in others[1:] if p.name in words]:
                message = f"{name}() uses `{used[0]}`, which a table does not have"
                raise NoTableError("table-computed", message, node.start_byte)
            others = others[:1]
        right = len(streams) == 1 and bool(others) and others[0].type.replace(" ", "") == "void*"
        if not right or len(others) > 2:
            raise NoTableError("table-unread", f"{name}() takes other parameters", node.start_byte)
        version = others[1].name if len(others) == 2 else ""
        signature = Signature(name, streams[0], others[0].name, version)
        return read_handler(file, self._rules, node, signature)

    def _check_primitives(self, file: FileText, found: FunctionText) -> None:
        """Raise NoTableError where a macro takes a primitive's name, but one that is another primitive."""
        for name in sorted(
            set(re.findall(r"\w+", found.function.body)) & set(self._rules.primitives)
        ):
            for _, macro in file.view.scope.find_macros(name):
                if macro.parameters is not None or macro.body.strip() not in self._rules.primitives:
                    message = f"{name} is a macro here"
                    raise NoTableError("table-unread", message, found.function.start)


def _replace_functions(
    source: SourceFile, functions: list[FunctionText], text: str, places: RegistrationPlaces
) -> Iterator[Edit]:
    """The table in place of the function that stands later, and the other one gone."""
    (first, first_end), (second, second_end) = sorted(
        _definition_span(source, f) for f in functions
    )
    offset = min(call.start for call in (*places.register, *places.unregister))
    if offset < second:
        message = "it is registered before the functions are defined"
        raise NoTableError("table-other-place", message, offset)
    yield Edit(first, _after_blank(source.data, first_end), b"")
    yield Edit(second, second_end, _encode_text(source, text))


def _called_edits(
    source: SourceFile, functions: list[FunctionText], text: str, bodies: tuple[str, str]
) -> Iterator[Edit]:
    """The table in place of the function that stands later, and both of them behind it, calling it.

    What the functions call stands in front of it then.
    """
    pieces: list[tuple[int, int, str]] = []
    for function, body in zip(functions, bodies, strict=True):
        start, end = _definition_span(source, function)
        opening = source.data.index(b"{", function.function.start)
        head = source.data[start:opening].decode("latin-1").replace("\r\n", "\n")
        pieces.append((start, end, f"{head}{body}\n"))
    (first, first_end, one), (second, second_end, other) = sorted(pieces)
    yield Edit(first, _after_blank(source.data, first_end), b"")
    yield Edit(second, second_end, _encode_text(source, "\n".join((text, one, other))))


def _encode_text(source: SourceFile, text: str) -> bytes:
    plain = text.replace("\r\n", "\n")
    return plain.replace("\n", source.newline.decode()).encode("latin-1")


def _has_no_directive(source: SourceFile, function: FunctionText, end: int) -> bool:
    """Whether no line of the preprocessor stands between the start of a function and a byte behind."""
    text = mask_opaque(source.data)[function.function.start : end]
    return re.search(rb"^\s*#", text, re.MULTILINE) is None and bool(text)


def _moves_plain(function: FunctionText, rules: Rules) -> bool:
    """Whether an info's function moves one number or buffer: what its pointer points to, as it is."""
    others = [p.name for p in function.parameters if not _is_stream(p.type, rules)]
    body = function.function.body
    pointers = others[:1] + re.findall(rf"\*\s*(\w+)\s*=\s*{others[0]}\s*;", body) if others else []
    members = any(re.search(rf"\b{name}\s*(?:->|\[)", body) for name in pointers)
    return not members


def _is_stream(type_text: str, rules: Rules) -> bool:
    return any(name in type_text.split() for name in rules.stream_types)


def _accepted_versions(pair: FunctionPair, load: Handler, offset: int) -> tuple[int, ...]:
    """The versions that the load accepts, the current one last. Raises NoTableError."""
    current = pair.version
    assert current is not None
    lowest, highest = load.lowest or 0, load.highest
    if lowest > current or (highest is not None and highest < current):
        message = f"version {current} is saved, and the load takes {lowest} to {highest}"
        raise NoTableError("table-version", message, offset)
    return tuple(range(lowest, current + 1))


def _check_hooks(save: Handler, load: Handler, offset: int, rules: Rules) -> None:
    """Raise NoTableError for code where a table calls no function."""
    if save.state != load.state:
        raise NoTableError("table-differs", "save and load take other structs", offset)
    if save.after:
        message = "the save does something behind the last value"
        raise NoTableError("table-code-between", message, save.after[0].offset)
    if load.before:
        message = "the load does something in front of the first value"
        raise NoTableError("table-code-between", message, load.before[0].offset)
    for handler, code in ((save, save.before), (load, load.after)):
        at = code[0].offset if code else offset
        check_locals(handler, [s.text for s in code], at, rules)
    if any(re.search(r"\breturn\b", s.text) for s in save.before):
        message = "the save ends early under a condition"
        raise NoTableError("table-condition", message, save.before[0].offset)


def _set_in_save(save: Handler) -> tuple[str, ...]:
    """The members to which the save assigns."""
    text = "\n".join([*(s.text for s in save.before), *(text for _, text in save.texts)])
    return tuple(dict.fromkeys(re.findall(rf"\b{save.root}->([\w.]+)\s*=(?!=)", text)))


def _symbol_of(idstr: str) -> str:
    words = re.sub(r"\W+", "_", idstr).strip("_").lower()
    return f"vmstate_{words}"


def _free_name(data: bytes, name: str, offset: int) -> str:
    if re.search(rb"\b" + name.encode() + rb"\b", data):
        raise NoTableError("table-other-place", f"the name {name} is taken in this file", offset)
    return name


def _read_hooks(data: bytes, load_name: str, save: Handler, load: Handler, offset: int) -> Hooks:
    stem = stem_of(load_name)
    pre = _free_name(data, f"{stem}_pre_save", offset) if save.before else ""
    post = _free_name(data, f"{stem}_post_load", offset) if load.after else ""
    return Hooks(pre, post)


def _definition_span(source: SourceFile, function: FunctionText) -> tuple[int, int]:
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
