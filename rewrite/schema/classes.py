# SPDX-License-Identifier: GPL-2.0-or-later
"""What functions and initialisers give the members of a class: which load goes with which table.

A device's `class_init` sets the pointers and numbers of its class together, so that one answer, which
of them made the class, settles all that handlers ask of it: `k->load_config`, `vdc->vmsd`,
`k->has_variable_vring_alignment`. What a class's parent sets holds where it sets nothing itself.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from ..c.lexical import mask_opaque
from ..files.source import SourceFile
from .model import ClassSetup, Place

_GIVEN = re.compile(rb"\b(\w+)\s*->\s*(\w+)\s*=\s*&?\s*(\w+)\s*;")
_DESIGNATED = re.compile(rb"\.\s*(\w+)\s*=\s*&?\s*(\w+)\s*(?=[,}])")
_POINTER = re.compile(rb"\b(\w+)\s*\*\s*(\w+)\s*[=;,)]")
_FUNCTION = re.compile(rb"^[A-Za-z_][^;{}#()=]*?\b(\w+)\s*\([^;{}]*\)\s*\{", re.MULTILINE)
_TYPE = re.compile(rb"\bTypeInfo\s+\w+\s*=\s*\{([^}]*)\}")
_INIT = re.compile(rb"\.\s*class_init\s*=\s*(\w+)")
_NUMBERS = {"true": "1", "false": "0", "NULL": "0"}


@dataclass(frozen=True)
class _Text:
    """A file without its comments and texts, and what pointers it declares, in their order."""

    path: str
    data: bytes
    pointers: Mapping[bytes, tuple[list[int], list[str]]]
    functions: tuple[tuple[int, int, str], ...]

    def type_of(self, variable: bytes, before: int) -> str:
        """The type that the nearest `TYPE *variable` before an offset declares; empty if none."""
        starts, types = self.pointers.get(variable, ([], []))
        at = bisect_left(starts, before)
        return types[at - 1] if at else ""

    def function_at(self, offset: int) -> tuple[int, int, str] | None:
        """The function around an offset: where it begins and ends, and its name."""
        return next((f for f in self.functions if f[0] <= offset < f[1]), None)

    def offset(self, line: int) -> int:
        """Where a line begins."""
        at = 0
        for _ in range(line - 1):
            at = self.data.find(b"\n", at) + 1
        return at

    def line(self, offset: int) -> int:
        """The line of an offset, from 1 on."""
        return self.data.count(b"\n", 0, offset) + 1


def _read_text(source: SourceFile) -> _Text:
    data = mask_opaque(source.data)
    pointers: dict[bytes, tuple[list[int], list[str]]] = {}
    for match in _POINTER.finditer(data):
        starts, types = pointers.setdefault(match[2], ([], []))
        starts.append(match.start())
        types.append(match[1].decode("latin-1"))
    heads = list(_FUNCTION.finditer(data))
    functions = tuple((m.start(), _body_end(data, m.end()), m[1].decode("latin-1")) for m in heads)
    return _Text(source.name, data, pointers, functions)


def _body_end(data: bytes, start: int) -> int:
    """Where a function's body ends: its brace stands at the start of a line."""
    end = data.find(b"\n}", start)
    return len(data) if end < 0 else end + 2


@dataclass
class ClassReader:
    """Finds who sets the members of a type; `sources` are the files to look in."""

    sources: tuple[SourceFile, ...]
    _texts: dict[str, _Text] = field(default_factory=dict)
    _known: dict[str, tuple[ClassSetup, ...]] = field(default_factory=dict)

    def find_setups(self, type_: str) -> tuple[ClassSetup, ...]:
        """All that make a class of a type, in the order of their places, with what parents set.

        A function makes one only as some type's class_init: others set members of what is there.
        """
        return tuple(s for s in self._list_setups(type_) if self._makes_objects(s))

    def find_values(self, type_: str, member: str) -> set[str]:
        """All that any function or initialiser gives a member of a type."""
        return {
            value for s in self._list_setups(type_) for name, value in s.members if name == member
        }

    def read_text(self, path: str) -> _Text | None:
        """A file of the tree as it is read here, None where it is none of the sources."""
        source = self._by_name.get(path)
        if source is not None and path not in self._texts:
            self._texts[path] = _read_text(source)
        return self._texts.get(path)

    @cached_property
    def _by_name(self) -> dict[str, SourceFile]:
        return {source.name: source for source in self.sources}

    def _texts_holding(self, word: str) -> Iterator[_Text]:
        raw = word.encode("latin-1")
        for source in self.sources:
            text = self.read_text(source.name) if raw in source.data else None
            if text is not None:
                yield text

    def _list_setups(self, type_: str) -> tuple[ClassSetup, ...]:
        """All that give members of a type something, in the order of their places."""
        if type_ not in self._known:
            found: list[ClassSetup] = []
            for text in self._texts_holding(type_):
                found += [*_find_assigned(text, type_), *_find_initialised(text, type_)]
            found.sort(key=lambda s: (s.place.path, s.place.line))
            own = {(s.place.path, s.function): s for s in found}
            self._known[type_] = tuple(self._inherit_members(setup, own) for setup in own.values())
        return self._known[type_]

    # -- classes ------------------------------------------------------------------------------

    @cached_property
    def _inits(self) -> frozenset[tuple[str, str]]:
        """The functions that are some type's class_init, each with its file."""
        return frozenset(
            (text.path, match[1].decode("latin-1"))
            for text in self._texts_holding("class_init")
            for match in _INIT.finditer(text.data)
        )

    def _makes_objects(self, setup: ClassSetup) -> bool:
        text = self.read_text(setup.place.path)
        assert text is not None
        named = any(name == setup.function for _, _, name in text.functions)
        return not named or (setup.place.path, setup.function) in self._inits

    @cached_property
    def _types(self) -> dict[str, tuple[str, str, str]]:
        """Of each class that a TypeInfo describes: the file, the class_init and the parent's name."""
        found: dict[str, tuple[str, str, str]] = {}
        for text in self._texts_holding("TypeInfo"):
            for match in _TYPE.finditer(text.data):
                pairs = _DESIGNATED.findall(match[1] + b",")
                members = {a.decode("latin-1"): b.decode("latin-1") for a, b in pairs}
                made = members.get("class_init", ""), members.get("parent", "")
                found[members.get("name", "")] = (text.path, *made)
        return found

    @cached_property
    def _parents(self) -> dict[tuple[str, str], str]:
        """The parent's name of the class that a class_init of a file makes."""
        return {(path, made): parent for path, made, parent in self._types.values() if made}

    def _inherit_members(
        self, setup: ClassSetup, own: Mapping[tuple[str, str], ClassSetup]
    ) -> ClassSetup:
        """A setup with the members that it leaves to its parents."""
        members = dict(setup.members)
        parent = self._parents.get((setup.place.path, setup.function), "")
        seen: set[str] = set()
        while parent in self._types and parent not in seen:
            seen.add(parent)
            path, made, above = self._types[parent]
            inherited = own.get((path, made))
            if inherited is not None:
                members = dict(inherited.members) | members
            parent = above
        return replace(setup, members=tuple(sorted(members.items())))


def with_members(setup: ClassSetup, wanted: Container[str]) -> ClassSetup:
    """A setup with only those of its members that are asked for."""
    return replace(setup, members=tuple(m for m in setup.members if m[0] in wanted))


def _find_assigned(text: _Text, type_: str) -> Iterator[ClassSetup]:
    """What each function of a file assigns through pointers to the type."""
    found: dict[tuple[int, int, str], dict[str, str]] = {}
    for match in _GIVEN.finditer(text.data):
        if text.type_of(match[1], match.start()) != type_:
            continue
        function = text.function_at(match.start())
        if function is not None:
            member, value = (part.decode("latin-1") for part in match.group(2, 3))
            found.setdefault(function, {})[member] = _NUMBERS.get(value, value)
    for (start, end, name), members in found.items():
        place = Place(text.path, text.line(start))
        yield ClassSetup(type_, name, place, text.line(end), tuple(members.items()))


def _find_initialised(text: _Text, type_: str) -> Iterator[ClassSetup]:
    """What each initialiser of a file gives a variable of the type."""
    pattern = re.compile(rb"\b" + type_.encode("latin-1") + rb"\s+(\w+)\s*=\s*\{([^{}]*)\}")
    for match in pattern.finditer(text.data):
        pairs = _DESIGNATED.findall(match[2] + b",")
        members = {a.decode("latin-1"): b.decode("latin-1") for a, b in pairs}
        shown = tuple((m, _NUMBERS.get(v, v)) for m, v in members.items())
        place = Place(text.path, text.line(match.start()))
        yield ClassSetup(type_, match[1].decode("latin-1"), place, text.line(match.end()), shown)
