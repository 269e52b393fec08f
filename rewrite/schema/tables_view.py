# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tables of one file are read with: its macros, constants, types and places."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Generic, TypeVar

from ..c.conditions import Configuration, Definitions, conjunction
from ..c.declarations import CType
from ..c.expand import (
    Choices,
    Expander,
    Lexeme,
    MacroText,
    close_of,
    lex,
    spell,
)
from ..c.fold import Folder
from ..c.headers import Header, read_enumerators
from ..c.layout import Placed
from ..c.scope import Origin, Scope
from ..c.spelling import describe
from ..c.types import Resolver
from ..errors import ExpansionError, UnknownTypeError
from .model import Place

KEPT = frozenset(("offsetof", "__builtin_offsetof"))
"""What is left as it is, for it says which member is meant (C99 7.17)."""

_MOST_ALTERNATIVES = 64
_INCLUDE = re.compile(rb"^[ \t]*#[ \t]*include[ \t]*[<\"]([^>\"\n]+)[>\"]", re.MULTILINE)
_CALL = re.compile(rb"^[ \t]*([A-Za-z_]\w*)[ \t]*\(", re.MULTILINE)

Made = TypeVar("Made")


@dataclass(frozen=True)
class Alternative(Generic[Made]):
    """What a text comes to, and the #if conditions that it comes to it under (none for always)."""

    terms: tuple[str, ...]
    made: Made

    @property
    def condition(self) -> str:
        """All conditions as one."""
        return conjunction(self.terms)


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
        """The cpu.h of each target's folder."""
        headers = self._resolver.headers
        found: dict[str, str] = {}
        for path in headers.tree.headers_named("cpu.h"):
            target = headers.target_of(path)
            if target is not None and self._only in (None, folder_name(target)):
                found.setdefault(target, path)
        return found

    @cached_property
    def scopes(self) -> tuple[Scope, ...]:
        """What the cpu.h of each target sees."""
        return tuple(self._resolver.scope(path, t) for t, path in sorted(self._heads.items()))

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


class FileView:
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
        self.scope = resolver.scope(path)
        self._definitions = Definitions(self.scope, configuration)
        self._others: dict[str, tuple[MacroText, ...]] = {}
        self._plain: set[str] = set()
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
            name == "cpu.h" or "/cpu.h" in name or name.startswith("target")
            for header in self.scope.closure
            for name, _ in header.includes
        )

    def open_condition(self, offset: int) -> str | None:
        """The part of the #if around a place that is open; None if the place is never compiled."""
        return self._definitions.open_condition(self.header, offset)

    def includes(self, start: int, end: int) -> Iterator[tuple[int, str]]:
        """The #include lines between two offsets: where each stands, and what it names."""
        for match in _INCLUDE.finditer(self.header.text, start, end):
            yield match.start(), match.group(1).decode("latin-1")

    def included_text(self, name: str) -> str | None:
        """The code of a file that this one includes; None where it is not found."""
        headers = self.resolver.headers
        found = headers.included(self.path, name)
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
        if not self._sees_targets:
            return ()
        if name not in self._others:
            made: dict[str, MacroText] = {}
            conditions: dict[str, list[str]] = {}
            for scope in self._targets.defining(name):
                for macro in self._definitions_of(scope).at(1 << 60)(name):
                    body = " ".join(t.text for t in macro.body)
                    terms = [self._targets.condition(scope), macro.condition]
                    conditions.setdefault(body, []).append(conjunction(terms))
                    made.setdefault(body, macro)
            self._others[name] = tuple(
                replace(macro, condition=" || ".join(dict.fromkeys(conditions[body])))
                for body, macro in made.items()
            )
        return self._others[name]

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
        expander = self.expander(own if at is None else at)
        first = Choices()
        expanded = expander.expand(tokens, first)
        if not first.offered:
            return [Alternative((), make(expanded))]
        found: list[Alternative[Made]] = []
        for taken, terms in _choices(first):
            made = make(expander.expand(tokens, Choices(dict(taken))))
            if all(a.made != made for a in found):
                found.append(Alternative(terms, made))
        if len(found) == 1:
            return [Alternative((), found[0].made)]
        return found

    @cached_property
    def folder(self) -> Folder:
        """Constants of this file."""
        return Folder(self.scope, self._expand_constant, lambda: self._made_enumerators)

    @cached_property
    def _made_enumerators(self) -> Mapping[str, tuple[str, int]]:
        """What calls of macros at file level define, such as `REG32(CTRL, 0x10)`."""
        made: dict[str, tuple[str, int]] = {}
        macros = {
            name
            for header in self.scope.closure
            if b"enum" in header.data
            for name, found in header.macros.items()
            if any(m.parameters and re.search(r"\benum\b", m.body) for m in found)
        }
        for header in self.scope.closure if macros else ():
            for match in _CALL.finditer(header.code):
                if match.group(1).decode("latin-1") in macros:
                    text = header.code[match.start() : match.start() + 500].decode("latin-1")
                    made |= self._enumerators_of(lex(text, match.start()))
        return made

    def _enumerators_of(self, tokens: Sequence[Lexeme]) -> dict[str, tuple[str, int]]:
        """The enumerators that a call comes to."""
        made: dict[str, tuple[str, int]] = {}
        end = len(self.header.data)
        try:
            expanded = self.expander(end).expand(tokens[: close_of(tokens, 1) + 1])
            for at, token in enumerate(expanded[:-1]):
                if token.text == "enum" and expanded[at + 1].text == "{":
                    body = spell(expanded[at + 2 : close_of(expanded, at + 1)])
                    made |= dict(read_enumerators(body))
        except ExpansionError:
            pass
        return made

    @cached_property
    def _target_folders(self) -> tuple[Folder, ...]:
        if not self._sees_targets:
            return ()
        return tuple(
            Folder(scope, self._expand_constant, lambda: self._made_enumerators)
            for scope in self._targets.scopes
        )

    def _expand_constant(self, tokens: Sequence[Lexeme]) -> Sequence[Lexeme]:
        """All macros expanded where no choice makes a difference."""
        end = len(self.header.data)
        found = self.alternatives(tokens, lambda made: [t.text for t in made], end)
        if len(found) > 1:
            raise UnknownTypeError(f"it depends on `{found[0].condition}`")
        return lex(" ".join(found[0].made))

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
            if not found or len({describe(f.type) for f in found}) > 1:
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


def _choices(first: Choices) -> list[tuple[tuple[tuple[str, int], ...], tuple[str, ...]]]:
    """All ways to take the definitions that were offered, each with its conditions."""
    names = sorted(first.offered)
    ranges = [range(len(first.offered[name])) for name in names]
    made = []
    for numbers in itertools.product(*ranges):
        terms = [first.offered[n][i].condition for n, i in zip(names, numbers, strict=True)]
        made.append((tuple(zip(names, numbers, strict=True)), tuple(t for t in terms if t)))
        if len(made) > _MOST_ALTERNATIVES:
            raise ExpansionError(f"too many definitions of {', '.join(names)} may hold")
    return made
