# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tables of one file are read with: its macros, constants, types and places."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from ..c.alternatives import Alternative, Made, expand_alike, make_alternatives
from ..c.conditions import Configuration, Definitions, join_conditions
from ..c.declarations import CType
from ..c.expand import (
    Expander,
    Lexeme,
    MacroText,
    close_of,
    lex_text,
    spell_tokens,
)
from ..c.file_level import FileLevelCall, calls_at_file_level, list_enumerating_macros
from ..c.fold import Folder
from ..c.headers import Header, read_enumerators
from ..c.layout import Placed
from ..c.scope import Origin, Scope
from ..c.spelling import describe_type
from ..c.types import Resolver
from ..errors import ExpansionError, UnknownTypeError
from .model import Place

KEPT = frozenset(("offsetof", "__builtin_offsetof"))
"""What is left as it is, for it says which member is meant (C99 7.17)."""

_CHOICE = re.compile(rb"^[ \t]*#[ \t]*(?:if|el|endif)", re.MULTILINE)
_INCLUDE = re.compile(rb"^[ \t]*#[ \t]*include[ \t]*[<\"]([^>\"\n]+)[>\"]", re.MULTILINE)


class TargetNames:
    """Where to look for what a file does not see by its own #include lines: in the targets' headers.

    A file outside a target's folder is compiled for several targets and includes "cpu.h" of each.
    """

    def __init__(
        self, resolver: Resolver, symbols: Mapping[str, str], only: str | None = None
    ) -> None:
        """`symbols` gives by a target's folder name what only builds for it define.

        `only` is the folder of the one target that is asked for.
        """
        self._resolver = resolver
        self._symbols = symbols
        self._only = only

    @cached_property
    def _heads(self) -> Mapping[str, str]:
        """The header of its own that each target's folder has."""
        headers = self._resolver.headers
        found: dict[str, str] = {}
        for path in headers.find_target_headers():
            target = headers.target_of(path)
            if target is not None and self._only in (None, folder_name(target)):
                found.setdefault(target, path)
        return found

    @cached_property
    def scopes(self) -> tuple[Scope, ...]:
        """What each target's own header sees."""
        return tuple(self._resolver.scope_of(path, t) for t, path in sorted(self._heads.items()))

    @cached_property
    def _macros(self) -> Mapping[bytes, tuple[Scope, ...]]:
        found: dict[bytes, tuple[Scope, ...]] = {}
        for scope in self.scopes:
            for name in set().union(*(h.macro_names for h in scope.closure)):
                found[name] = (*found.get(name, ()), scope)
        return found

    def defining(self, name: str) -> tuple[Scope, ...]:
        """The scopes in which a macro is defined."""
        return self._macros.get(name.encode("latin-1"), ())

    def condition(self, scope: Scope) -> str:
        """What holds in a build for the target of one of the scopes, empty where that is the only."""
        target = self._resolver.headers.target_of(scope.path)
        symbol = self._symbols.get(folder_name(target or ""))
        return f"defined({symbol})" if symbol is not None and len(self.scopes) > 1 else ""


def folder_name(target: str) -> str:
    """The name of a target by its folder: "arm" of "target/arm" and of "target-arm"."""
    return target.replace("-", "/").rpartition("/")[2]


class TableFile:
    """One file as its tables need it, compiled for one target or for any."""

    def __init__(
        self,
        resolver: Resolver,
        path: str,
        configuration: Configuration,
        targets: TargetNames,
    ) -> None:
        """`path` is absolute; the file's bytes are known to the resolver's headers."""
        self.resolver = resolver
        self.path = path
        self.name = resolver.headers.tree.name_of(path)
        self.configuration = configuration
        self._targets = targets
        self.scope = resolver.scope_of(path)
        self._definitions = Definitions(self.scope, configuration)
        self._others: dict[str, tuple[MacroText, ...]] = {}
        self._plain: set[str] = set()
        self._enumerators: dict[FileLevelCall, dict[str, tuple[str, int]]] = {}
        self._other_definitions: dict[int, Definitions] = {}

    @property
    def header(self) -> Header:
        """The file's own text."""
        return self.scope.closure[0]

    @cached_property
    def _sees_targets(self) -> bool:
        """Whether the file includes a header of a target that it is not in the folder of."""
        if self.resolver.headers.target_of(self.path) is not None:
            return False
        return any(
            self.resolver.headers.may_be_of_target(name) or name.startswith("target")
            for header in self.scope.closure
            for name, _ in header.includes
        )

    def open_condition(self, offset: int) -> str | None:
        """The part of the #if around a place that is open; None if the place is never compiled."""
        return self._definitions.open_condition(self.header, offset)

    def is_chosen_inside(self, start: int, end: int) -> bool:
        """Whether an #if, #else or #endif stands between two offsets."""
        return _CHOICE.search(self.header.text, start, end) is not None

    def is_changed(self, symbol: str) -> bool:
        """Whether the file's code assigns to a variable, or to a member or element of it."""
        name = symbol.encode("latin-1")
        if name not in self.header.data:
            return False
        pattern = rb"\b%s\s*(?:\[[^\]]*\]\s*)?(?:\.\s*\w+\s*(?:\[[^\]]*\]\s*)?)*=(?!=|\s*\{)"
        return re.search(pattern % re.escape(name), self.header.code) is not None

    def includes(self, start: int, end: int) -> Iterator[tuple[int, str]]:
        """The #include lines between two offsets: where each stands, and what it names."""
        for match in _INCLUDE.finditer(self.header.text, start, end):
            yield match.start(), match.group(1).decode("latin-1")

    def included_text(self, name: str) -> str | None:
        """The code of a file that this one includes; None where it is not found."""
        headers = self.resolver.headers
        found = headers.find_included(self.path, name)
        header = headers.header(found) if found is not None else None
        return header.code.decode("latin-1") if header is not None else None

    def place(self, offset: int) -> Place:
        """A place of this file."""
        return Place(self.name, self.header.line_of(offset))

    def place_of(self, origin: Origin | None) -> Place | None:
        """The place of a declaration."""
        if origin is None:
            return None
        headers = self.resolver.headers
        header = headers.header(origin.path)
        if header is None:
            return None
        return Place(headers.tree.name_of(origin.path), header.line_of(origin.offset))

    def expander(self, offset: int) -> Expander:
        """What expands a text that stands at an offset."""
        own = self._definitions.at(offset)

        def look_up(name: str) -> Sequence[MacroText]:
            found = own(name) or self._look_up_in_targets(name)
            if not found and name not in self.header.macros:
                self._plain.add(name)
            return found

        return Expander(look_up, KEPT, self._plain)

    def _look_up_in_targets(self, name: str) -> Sequence[MacroText]:
        if not self._sees_targets or self._is_own_enumerator(name):
            return ()
        if name not in self._others:
            made: dict[str, MacroText] = {}
            conditions: dict[str, list[str]] = {}
            for scope in self._targets.defining(name):
                for macro in self._definitions_of(scope).at(1 << 60)(name):
                    body = " ".join(t.text for t in macro.body)
                    terms = [self._targets.condition(scope), macro.condition]
                    conditions.setdefault(body, []).append(join_conditions(terms))
                    made.setdefault(body, macro)
            self._others[name] = tuple(
                replace(macro, condition=" || ".join(dict.fromkeys(conditions[body])))
                for body, macro in made.items()
            )
        return self._others[name]

    def _is_own_enumerator(self, name: str) -> bool:
        """Whether a macro of some target's is, in this file, an enumerator that it sees itself."""
        defined = bool(self._targets.defining(name))
        return defined and any(name in header.enumerators for header in self.scope.closure)

    def _definitions_of(self, scope: Scope) -> Definitions:
        key = id(scope)
        if key not in self._other_definitions:
            self._other_definitions[key] = Definitions(scope, self.configuration)
        return self._other_definitions[key]

    def alternatives(
        self, tokens: Sequence[Lexeme], make: Callable[[list[Lexeme]], Made], at: int | None = None
    ) -> list[Alternative[Made]]:
        """What `make` makes of the expanded tokens, by each of the definitions that may hold.

        They stand at their own offset, or as if they did `at` another. What is alike is there once.
        Raises ExpansionError where the choices are too many.
        """
        own = tokens[0].offset if tokens else 0
        return make_alternatives(self.expander(own if at is None else at), tokens, make)

    @cached_property
    def folder(self) -> Folder:
        """Constants of this file."""
        return Folder(self.scope, self._expand_constant, self._made_enumerator)

    def _made_enumerator(self, name: str) -> tuple[str, int] | None:
        """The enumerator of a name that a call of a macro at file level defines.

        Such as `REG32(CTRL, 0x10)`: its name holds a word of the call.
        """
        for header in self.scope.closure if self._enumerating else ():
            for call in calls_at_file_level(header):
                if call.macro in self._enumerating and any(word in name for word in call.words):
                    found = self._enumerators_of(call)
                    if name in found:
                        return found[name]
        return None

    @cached_property
    def _enumerating(self) -> frozenset[str]:
        """The macros that define enumerators."""
        return frozenset[str]().union(*map(list_enumerating_macros, self.scope.closure))

    def _enumerators_of(self, call: FileLevelCall) -> dict[str, tuple[str, int]]:
        """The enumerators that a call comes to."""
        if call not in self._enumerators:
            made = self._enumerators[call] = {}
            with contextlib.suppress(ExpansionError):
                expanded = self.expander(len(self.header.data)).expand(lex_text(call.text))
                for at, token in enumerate(expanded[:-1]):
                    if token.text == "enum" and expanded[at + 1].text == "{":
                        body = spell_tokens(expanded[at + 2 : close_of(expanded, at + 1)])
                        made |= dict(read_enumerators(body))
        return self._enumerators[call]

    @cached_property
    def _target_folders(self) -> tuple[Folder, ...]:
        if not self._sees_targets:
            return ()
        return tuple(
            Folder(scope, self._expand_constant, self._made_enumerator)
            for scope in self._targets.scopes
        )

    def _expand_constant(self, tokens: Sequence[Lexeme]) -> Sequence[Lexeme]:
        """All macros expanded where no choice makes a difference."""
        return expand_alike(self.expander(len(self.header.data)), tokens)

    def of_path(self, record: CType, path: Sequence[Lexeme]) -> Placed:
        """The member at a path, for every target alike. Raises UnknownTypeError."""
        try:
            return self.folder.layout.of_path(record, path)
        except UnknownTypeError:
            found = []
            for folder in self._target_folders:
                try:
                    found.append(folder.layout.of_path(record, path))
                except UnknownTypeError:
                    continue
            if not found or len({describe_type(f.type) for f in found}) > 1:
                raise
            return found[0]

    def fold(self, tokens: Sequence[Lexeme]) -> int:
        """The value of expanded tokens, for every target alike. Raises UnknownTypeError."""
        try:
            return self.folder.fold(tokens)
        except UnknownTypeError as error:
            values = set()
            for folder in self._target_folders:
                try:
                    values.add(folder.fold(tokens))
                except UnknownTypeError:
                    continue
            if len(values) == 1:
                return values.pop()
            if values:
                raise UnknownTypeError("it is another one on other targets") from error
            raise
