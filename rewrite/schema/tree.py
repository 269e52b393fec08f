# SPDX-License-Identifier: GPL-2.0-or-later
"""The schema of a tree: the tables of all its files, each reference to one resolved."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..c.conditions import Configuration
from ..c.expand import ExpansionError, lex, spell
from ..c.headers import Headers
from ..c.initialisers import definitions_of, read_entries, referred
from ..c.types import Resolver
from ..convert.type_facts import facts_of
from ..errors import UnknownTypeError
from ..files.source import SourceFile
from ..files.tree import Skipped, Tree
from ..files.workers import each
from ..rules.ruleset import Rules
from .model import Schema
from .tables import FIELD, TableReader
from .tables_fields import Context, Interpreter
from .tables_infos import Info, InfoReader, find_function
from .tables_links import FileTables, assembled
from .tables_sections import registrations
from .tables_view import FileView, TargetNames

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
        self.tree = Tree(root, rules.skip_dirs)
        self.headers = Headers(self.tree, rules.include_dirs, rules.target_dirs)
        self.resolver = Resolver(self.headers, facts_of(rules))
        self._target = rules.targets[target] if target is not None else None
        self.configuration = Configuration(_symbols(rules, target))
        self.targets = TargetNames(self.resolver, self._target.folder if self._target else None)
        self._views: dict[str, FileView] = {}
        self._sources: dict[str, SourceFile] = {}
        self._holding: dict[str, list[str]] = {}

    def read(self, paths: Sequence[Path]) -> TreeSchema:
        """The schema of the files under some paths, with all descriptions that these refer to."""
        scan = self.tree.scan([self.tree.root], lambda data: _WANTED.search(data) is not None)
        self._sources = {str(s.path): s for s in scan.candidates if self._is_of_target(s)}
        for source in self._sources.values():
            self.headers.add(str(source.path), source.data)
        self.interpreter, self.infos  # noqa: B018 - before the processes start, which all need them
        asked = set(self._asked(paths))
        found = [t for t in each(self._read_file, list(self._sources.values())) if t is not None]
        return TreeSchema(assembled(str(self.tree.root), found, asked), tuple(scan.skipped))

    def _asked(self, paths: Sequence[Path]) -> Iterator[str]:
        prefixes = [str(path.resolve()) for path in paths]
        for path, source in self._sources.items():
            if any(path == p or path.startswith(p.rstrip("/") + "/") for p in prefixes):
                yield source.name

    def _is_of_target(self, source: SourceFile) -> bool:
        if self._target is None:
            return True
        folder = self.headers.target_of(str(source.path))
        return folder is None or folder.replace("-", "/").rpartition("/")[2] == self._target.folder

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

    def _marker(self, function: str, name: str) -> int | None:
        """The value of the macro `name` where a function is defined."""
        for path in self.defining(function):
            view = self.view_of(path)
            try:
                return view.fold(view.expander(len(view.header.data)).expand(lex(name)))
            except (UnknownTypeError, ExpansionError):
                continue
        return None

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
                    info = Info(definition.symbol, path, put, get)
                    found[info.symbol] = (*found.get(info.symbol, ()), info)
        return found

    @cached_property
    def _info_reader(self) -> InfoReader:
        return InfoReader(self.rules, self.view_of, self.defining)

    def _info_for(self, path: str) -> Callable[[str], Info | None]:
        """What a symbol of an info means in one file: the file's own, else the only other one."""
        target = self.headers.target_of(path)

        def named(symbol: str) -> Info | None:
            found = self.infos.get(symbol, ())
            own = [i for i in found if i.path == path]
            near = [i for i in found if self.headers.target_of(i.path) == target]
            for group in (own, found, near):
                if len(group) == 1:
                    return group[0]
            return None

        return named

    def _read_file(self, source: SourceFile) -> FileTables | None:
        """The tables of one file; None where it has none and registers none."""
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


def _symbols(rules: Rules, target: str | None) -> dict[str, int | None]:
    """The symbols of a build: what all have, and with a target all of the targets' own."""
    made: dict[str, int | None] = {}
    for symbol in rules.build_symbols.values():
        made[symbol.name] = 1 if symbol.defined == "yes" else None
    if target is not None:
        made |= {name: None for rule in rules.targets.values() for name in rule.symbols}
        made |= dict.fromkeys(rules.targets[target].symbols, 1)
    return made
