# SPDX-License-Identifier: GPL-2.0-or-later
"""The schema of a tree: the tables of all its files, each reference to one resolved."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..c.conditions import Configuration, Definitions
from ..c.expand import lex, spell
from ..c.headers import Headers
from ..c.initialisers import definitions_of, read_entries, referred
from ..c.types import Resolver
from ..convert.type_facts import facts_of
from ..errors import ExpansionError, UnknownTypeError
from ..files.source import SourceFile
from ..files.tree import Scan, Skipped, Tree
from ..files.workers import each
from ..rules.ruleset import Rules
from .expression import Constant, Expression, Unread
from .model import Schema
from .tables import DESCRIPTION, FIELD, TableReader, describing
from .tables_fields import Context, Interpreter
from .tables_infos import Info, InfoReader, find_function
from .tables_links import FileTables, assembled
from .tables_sections import registrations
from .tables_view import FileView, TargetNames, folder_name

_INFO = "VMStateInfo"
_WANTED = re.compile(rb"VMSTATE_|VMState|vmstate_|vmsd\b")


@dataclass(frozen=True)
class TreeSchema:
    """A schema, and the files that were passed over."""

    schema: Schema
    skipped: tuple[Skipped, ...]


class TreeReader:
    """Reads the tables of one tree, for one target or for all."""

    def __init__(self, root: Path, rules: Rules, target: str | None = None) -> None:
        """`target` is the name of a rule `target`, None for all targets at once."""
        self.rules = rules
        self.tree = Tree(root, rules.skip_dirs, rules.root_markers)
        self.headers = Headers(self.tree, rules.include_dirs, rules.target_dirs)
        self.resolver = Resolver(self.headers, facts_of(rules))
        self._target = rules.targets[target] if target is not None else None
        symbols = {r.folder: r.symbols[0] for r in rules.targets.values()}
        only = self._target.folder if self._target is not None else None
        self.targets = TargetNames(self.resolver, symbols, only)
        self.configuration = Configuration(self._symbols())
        self._views: dict[str, FileView] = {}
        self._sources: dict[str, SourceFile] = {}
        self._holding: dict[str, list[str]] = {}

    def _symbols(self) -> dict[str, int | None]:
        """The symbols of a build: what all have, and with a target all of the targets' own."""
        made: dict[str, int | None] = {}
        for symbol in self.rules.build_symbols.values():
            made[symbol.name] = 1 if symbol.defined == "yes" else None
        if self._target is None:
            return made
        made |= {name: None for rule in self.rules.targets.values() for name in rule.symbols}
        made |= dict.fromkeys(self._target.symbols, 1)
        for scope in self.targets.scopes:
            definitions = Definitions(scope, Configuration(made))
            widths = {name: definitions.holds(name) for name in self.rules.target_widths}
            made |= {name: width for name, width in widths.items() if width is not None}
        return made

    def read(
        self, paths: Sequence[Path], advance: Callable[[int, int], None] | None = None
    ) -> TreeSchema:
        """The schema of the files under some paths, with all descriptions that these refer to.

        `advance` is told how many files of how many are read.
        """
        scan = self.open()
        self.interpreter, self.infos, self._naming  # noqa: B018 - before the processes start, which all need them
        asked = set(self._asked(paths))
        found: list[FileTables] = []
        for number, tables in enumerate(each(self._read_file, list(self._sources.values()))):
            found += [tables] if tables is not None else []
            if advance is not None:
                advance(number + 1, len(self._sources))
        skipped = tuple(s for s in scan.skipped if self._is_below(self.tree.root / s.path, paths))
        return TreeSchema(assembled(self.tree.root.name, found, asked), skipped)

    def open(self) -> Scan:
        """Find the files that have to do with tables, so that single ones can be read."""
        scan = self.tree.scan([self.tree.root], lambda data: _WANTED.search(data) is not None)
        self._sources = {str(s.path): s for s in scan.candidates if self._is_of_target(s)}
        for source in self._sources.values():
            self.headers.add(str(source.path), source.data)
        return scan

    def read_again(self, source: SourceFile) -> FileTables | None:
        """The tables of one file with another text than it has, in the midst of the same tree.

        None where it has none and registers none. The text stays as that of the file.
        """
        path = str(source.path)
        self._sources[path] = source
        self.headers.add(path, source.data)
        self.resolver.forget(path)
        self._views.pop(path, None)
        self._holding.clear()
        for name in ("infos", "_info_reader", "_naming"):  # what is known of all files
            self.__dict__.pop(name, None)
        return self._read_file(source)

    def _asked(self, paths: Sequence[Path]) -> Iterator[str]:
        for source in self._sources.values():
            if self._is_below(source.path, paths):
                yield source.name

    @staticmethod
    def _is_below(path: Path, paths: Sequence[Path]) -> bool:
        return any(path.is_relative_to(asked.resolve()) for asked in paths)

    def _is_of_target(self, source: SourceFile) -> bool:
        if self._target is None:
            return True
        folder = self.headers.target_of(str(source.path))
        return folder is None or folder_name(folder) == self._target.folder

    @property
    def sources(self) -> tuple[SourceFile, ...]:
        """The files that have to do with tables, once they were read."""
        return tuple(self._sources.values())

    @cached_property
    def interpreter(self) -> Interpreter:
        """What the tree's own functions make of a field's flags."""
        texts: dict[str, str] = {}
        for rule in self.rules.interpreters:
            for name in (*rule.save, *rule.load, *rule.both):
                texts[name] = self._body_of(name)
            both = "".join(texts[n] for n in rule.both)
            saves = "".join(texts[n] for n in rule.save) + both
            loads = "".join(texts[n] for n in rule.load) + both
            marked = any(re.search(rf"\b{name}\b", saves) for name in rule.null_marker)
            marker = self._marker(rule.save[0], rule.marker) if marked else None
            return Interpreter(_flags_in(saves), _flags_in(loads), marker)
        return Interpreter(frozenset(), frozenset(), None)

    def _body_of(self, name: str) -> str:
        """The text of a function, empty where the tree has none of that name."""
        for path in self.defining(name):
            function = find_function(self.view_of(path).header, name)
            if function is not None:
                return spell(function.body)
        return ""

    def _marker(self, function: str, name: str) -> Expression:
        """The value of the macro `name` where a function is defined."""
        for path in self.defining(function):
            view = self.view_of(path)
            try:
                expanded = view.expander(len(view.header.data)).expand(lex(name))
                return Constant(view.fold(expanded))
            except (UnknownTypeError, ExpansionError):
                continue
        return Unread(name, "it has no value that is known")

    def defining(self, name: str) -> Sequence[str]:
        """The files, of those that have to do with tables, that define a function."""
        if name not in self._holding:
            raw = name.encode("latin-1")
            self._holding[name] = [
                path
                for path, source in self._sources.items()
                if raw in source.data and find_function(self.view_of(path).header, name)
            ]
        return self._holding[name]

    def view_of(self, path: str) -> FileView:
        """The view of one file."""
        if path not in self._views:
            view = FileView(self.resolver, path, self.configuration, self.targets)
            self._views[path] = view
        return self._views[path]

    @cached_property
    def infos(self) -> Mapping[str, tuple[Info, ...]]:
        """The VMStateInfos of the tree by symbol."""
        found: dict[str, tuple[Info, ...]] = {}
        for path, source in self._sources.items():
            if _INFO.encode() in source.data:
                header = self.headers.header(path)
                for definition in definitions_of(header, _INFO) if header is not None else ():
                    members = {e.designator: e.value for e in read_entries(definition.body)}
                    put, get = (referred(members.get(way, ())) for way in ("put", "get"))
                    condition = self.view_of(path).open_condition(definition.offset)
                    if condition is None:
                        continue
                    info = Info(definition.symbol, path, put, get, condition, definition.offset)
                    found[info.symbol] = (*found.get(info.symbol, ()), info)
        return found

    @cached_property
    def _info_reader(self) -> InfoReader:
        return InfoReader(self.rules, self.view_of, self.defining)

    def _info_for(self, path: str) -> Callable[[str], Sequence[Info]]:
        """What a symbol of an info means in one file: the file's own, else the only other one.

        Of its own there are several where #if chooses between them.
        """
        target = self.headers.target_of(path)

        def named(symbol: str) -> Sequence[Info]:
            found = self.infos.get(symbol, ())
            own = [i for i in found if i.path == path]
            if own:
                return own
            near = [i for i in found if self.headers.target_of(i.path) == target]
            return found if len(found) == 1 else near if len(near) == 1 else ()

        return named

    @cached_property
    def _naming(self) -> re.Pattern[bytes]:
        """What every file that defines or registers a table holds: the type, a macro, a name."""
        names = {DESCRIPTION, *(r.name for r in self.rules.table_registrations)}
        names |= {rule.member for rule in self.rules.table_members}
        for path, source in self._sources.items():
            header = self.headers.header(path) if DESCRIPTION.encode() in source.data else None
            names |= describing(header) if header is not None else set()
        return re.compile("|".join(map(re.escape, sorted(names))).encode())

    def _read_file(self, source: SourceFile) -> FileTables | None:
        """The tables of one file; None where it has none and registers none."""
        if self._naming.search(source.data) is None:
            return None
        path = str(source.path)
        view = self.view_of(path)
        context = Context(
            view, self.rules, self.interpreter, self._info_reader, self._info_for(path)
        )
        reader = TableReader(context)
        descriptions = tuple(reader.read())
        spans = [(d.offset, d.end) for d in reader.definitions]
        spans += [(d.offset, d.end) for d in definitions_of(view.header, FIELD)]
        spans += [(d.offset, d.end) for d in definitions_of(view.header, "VMStateSubsection")]
        registered = tuple(registrations(view, self.rules, spans))
        self._views.pop(path, None)
        self.resolver.forget(path)
        if not descriptions and not registered:
            return None
        return FileTables(source.name, self.headers.target_of(path) or "", descriptions, registered)


def _flags_in(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\bVMS_\w+", text))
