# SPDX-License-Identifier: GPL-2.0-or-later
"""The schema of a tree: the tables of all its files, each reference to one resolved."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..c.conditions import Configuration, Definitions
from ..c.expand import lex_text, spell_tokens
from ..c.headers import Headers
from ..c.initialisers import definitions_of, find_referred, is_static, read_entries
from ..c.types import Resolver
from ..convert.type_facts import facts_of
from ..errors import ExpansionError, UnknownTypeError
from ..files.source import SourceFile
from ..files.tree import Scan, Skipped, Tree
from ..files.workers import work_through
from ..rules.ruleset import Rules
from .expression import Constant, Expression, Unread
from .handlers import GET, PUT, HandlerReader
from .model import Node, Schema, Section
from .tables import DESCRIPTION, FIELD, TableReader, list_describing_macros
from .tables_fields import Context, Interpreter
from .tables_infos import Info, InfoReader, find_function
from .tables_links import FileTables, assemble_schema, type_faults
from .tables_sections import find_registrations
from .tables_types import TypeFault, TypeReader
from .tables_view import TableFile, TargetNames, folder_name

_INFO = "VMStateInfo"
_TABLES = ("VMSTATE_", "VMState", "vmstate_", r"vmsd\b")


@dataclass(frozen=True)
class TreeSchema:
    """A schema, and the files that were passed over.

    `others` says that files were read which a walk over the C text of the tree does not meet.
    """

    schema: Schema
    skipped: tuple[Skipped, ...]
    others: bool = False


class TreeReader:
    """Reads the tables of one tree, for one target or for all."""

    def __init__(self, root: Path, rules: Rules, target: str | None = None) -> None:
        """`target` is the name of a rule `target`, None for all targets at once."""
        self.rules = rules
        self.tree = Tree(root, rules.skip_dirs, rules.root_markers)
        self.headers = Headers(
            self.tree, rules.include_dirs, rules.target_dirs, rules.target_headers
        )
        self.resolver = Resolver(self.headers, facts_of(rules))
        self._target = rules.targets[target] if target is not None else None
        symbols = {r.folder: r.symbols[0] for r in rules.targets.values()}
        only = self._target.folder if self._target is not None else None
        self.targets = TargetNames(self.resolver, symbols, only)
        self.configuration = Configuration(self._build_symbols())
        self._views: dict[str, TableFile] = {}
        self._sources: dict[str, SourceFile] = {}
        self._holding: dict[str, list[str]] = {}
        self._wants_types = False

    def _build_symbols(self) -> dict[str, int | None]:
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
        scan = self._open()
        asked = set(self._asked_files(paths))
        found: list[FileTables] = []
        sections: tuple[Section, ...] = ()
        items = [None, *self._sources.values()]
        for number, made in enumerate(work_through(self._read_item, items)):
            if isinstance(made, FileTables):
                found.append(made)
            elif made is not None:
                sections = tuple(s for s in made if self._is_wanted(s, paths))
            if advance is not None:
                advance(number + 1, len(items))
        skipped = tuple(s for s in scan.skipped if self._is_below(self.tree.root / s.path, paths))
        schema = assemble_schema(self.tree.root.name, found, asked, sections)
        others = self.tree.read_others or any(tables.others for tables in found)
        return TreeSchema(schema, skipped, others)

    def _open(self) -> Scan:
        """Read the tree, and what all processes need before they start."""
        scan = self.open()
        self.interpreter, self.infos, self._naming, self.handlers  # noqa: B018 - found once for all
        return scan

    def type_faults(self) -> list[TypeFault]:
        """Where tables of the whole tree do not fit the members that they name."""
        self._open()
        self._wants_types = True
        found = work_through(self._read_file, list(self._sources.values()))
        return type_faults([tables for tables in found if tables is not None])

    @cached_property
    def _candidate(self) -> re.Pattern[bytes]:
        """What every file holds that has to do with tables or handlers."""
        rules = self.rules
        names = {*rules.stream_types, *(r.name for r in rules.registrations)}
        names |= {r.name for r in rules.initialisers}
        return re.compile("|".join([*_TABLES, *map(re.escape, sorted(names))]).encode())

    def _is_candidate(self, data: bytes) -> bool:
        return self._candidate.search(data) is not None

    def open(self) -> Scan:
        """Find the files that have to do with tables or handlers, so that single ones can be read."""
        scan = self.tree.scan([self.tree.root], self._is_candidate)
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
        for name in ("infos", "_info_reader", "_naming", "handlers"):  # what is known of all files
            self.__dict__.pop(name, None)
        return self._read_file(source)

    def _asked_files(self, paths: Sequence[Path]) -> Iterator[str]:
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
                texts[name] = self.body_of(name)
            both = "".join(texts[n] for n in rule.both)
            saves = "".join(texts[n] for n in rule.save) + both
            loads = "".join(texts[n] for n in rule.load) + both
            marked = any(re.search(rf"\b{name}\b", saves) for name in rule.null_marker)
            marker = self._marker_value(rule.save[0], rule.marker) if marked else None
            return Interpreter(_flags_in(saves), _flags_in(loads), marker)
        return Interpreter(frozenset(), frozenset(), None)

    def body_of(self, name: str) -> str:
        """The text of a function, empty where the tree has none of that name."""
        for path in self.find_defining(name):
            function = find_function(self.view_of(path).header, name)
            if function is not None:
                return spell_tokens(function.body)
        return ""

    def _marker_value(self, function: str, name: str) -> Expression:
        """The value of the macro `name` where a function is defined."""
        for path in self.find_defining(function):
            view = self.view_of(path)
            try:
                expanded = view.expander(len(view.header.data)).expand(lex_text(name))
                return Constant(view.fold(expanded))
            except (UnknownTypeError, ExpansionError):
                continue
        return Unread(name, "it has no value that is known")

    def find_defining(self, name: str) -> Sequence[str]:
        """The files, of those that have to do with tables, that define a function."""
        if name not in self._holding:
            raw = name.encode("latin-1")
            self._holding[name] = [
                path
                for path, source in self._sources.items()
                if raw in source.data and find_function(self.view_of(path).header, name)
            ]
        return self._holding[name]

    def view_of(self, path: str) -> TableFile:
        """The view of one file."""
        if path not in self._views:
            view = TableFile(self.resolver, path, self.configuration, self.targets)
            self._views[path] = view
        return self._views[path]

    @cached_property
    def infos(self) -> Mapping[str, tuple[Info, ...]]:
        """The VMStateInfos of the tree by symbol."""
        found: dict[str, tuple[Info, ...]] = {}
        for path, source in self._sources.items():
            if _INFO.encode() in source.data:
                header = self.view_of(path).header
                for definition in definitions_of(header, _INFO):
                    members = {e.designator: e.value for e in read_entries(definition.body)}
                    put, get = (find_referred(members.get(way, ())) for way in ("put", "get"))
                    condition = self.view_of(path).open_condition(definition.offset)
                    if condition is None:
                        continue
                    info = Info(
                        definition.symbol, path, put, get, condition, definition.offset,
                        is_static(header, definition),
                    )  # fmt: skip
                    found[info.symbol] = (*found.get(info.symbol, ()), info)
        return found

    @cached_property
    def _info_reader(self) -> InfoReader:
        def handler(get: str, put: str, path: str) -> tuple[Node, ...]:
            return self.handlers.model_of_function(get or put, GET if get else PUT, path)

        return InfoReader(self.rules, self.view_of, self.find_defining, handler)

    @cached_property
    def handlers(self) -> HandlerReader:
        """The handlers of the tree's code."""
        return HandlerReader(self._sources.values(), self.resolver, self.rules)

    def _is_wanted(self, section: Section, paths: Sequence[Path]) -> bool:
        """Whether a section of code is below the paths, and of the target that is asked for."""
        folder = folder_name(section.target)
        of_target = not folder or self._target is None or folder == self._target.folder
        return of_target and self._is_below(self.tree.root / section.place.path, paths)

    def _read_item(self, source: SourceFile | None) -> FileTables | tuple[Section, ...] | None:
        """The tables of a file; the sections of all code for None, as one more piece of work."""
        return self.handlers.find_sections() if source is None else self._read_file(source)

    def _info_for(self, path: str) -> Callable[[str], Sequence[Info]]:
        """What a symbol of an info means in one file: the file's own, else the only other one.

        Of its own there are several where #if chooses between them.
        """
        target = self.headers.target_of(path)

        def named(symbol: str) -> Sequence[Info]:
            found = [i for i in self.infos.get(symbol, ()) if i.path == path or not i.static]
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
            names |= list_describing_macros(header) if header is not None else set()
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
        reader = TableReader(context, TypeReader(view) if self._wants_types else None)
        descriptions = tuple(reader.read())
        spans = [(d.offset, d.end) for d in reader.definitions]
        spans += [(d.offset, d.end) for d in definitions_of(view.header, FIELD)]
        spans += [(d.offset, d.end) for d in definitions_of(view.header, "VMStateSubsection")]
        registered = tuple(find_registrations(view, self.rules, spans))
        self._views.pop(path, None)
        self.resolver.forget(path)
        if not descriptions and not registered:
            return None
        folder = self.headers.target_of(path) or ""
        types, others = tuple(reader.types), self.tree.read_others
        return FileTables(source.name, folder, descriptions, registered, types, others)


def _flags_in(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\bVMS_\w+", text))
