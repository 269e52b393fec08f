# SPDX-License-Identifier: GPL-2.0-or-later
"""The functions of a tree that a stream can pass through, by name, with their text as tokens."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from ..c.declarations import CType, read_declaration
from ..c.lexical import group_end, mask_opaque, read_conditionals, split_outer
from ..errors import UnreadableError
from ..files.source import SourceFile
from ..wire.text import Code, Function, split_functions, token_offsets
from .model import Place


@dataclass(frozen=True)
class Parameter:
    """A parameter: its name, and its type as written, such as "QEMUFile *"."""

    name: str
    type: str


@dataclass(frozen=True, eq=False)
class FunctionText:
    """A function of a file: its head's tokens, its body, and the `#if` conditions that it is under."""

    source: SourceFile
    function: Function
    conditions: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its name."""
        return self.function.name

    @cached_property
    def code(self) -> Code:
        """Its statements; raises UnreadableError where they nest too deep."""
        return Code(self.function.body)

    @cached_property
    def offsets(self) -> list[int]:
        """Where each token starts in the body."""
        return token_offsets(self.function.body)

    @cached_property
    def _lines(self) -> list[int]:
        body = self.function.body
        return [match.start() for match in re.finditer("\n", body)]

    @cached_property
    def first_line(self) -> int:
        """The line of the body's brace."""
        return self.source.data.count(b"\n", 0, self.function.start) + 1

    def place(self, token: int) -> Place:
        """The place of a token of the body."""
        offset = self.offsets[min(token, len(self.offsets) - 1)]
        return Place(self.source.name, self.first_line + bisect_right(self._lines, offset - 1))

    def text(self, start: int, end: int) -> str:
        """The text of some tokens as it stands in the file, each run of white space one blank."""
        if start >= end:
            return ""
        last = self.code.tokens[end - 1]
        stop = self.offsets[end - 1] + len(last)
        return " ".join(self.function.body[self.offsets[start] : stop].split())

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """Its parameters; one that can't be read has an empty name."""
        head = list(self.function.header)
        opening = head.index(self.name) + 1 if self.name in head else len(head)
        inside = head[opening + 1 : group_end(head, opening) - 1]
        found = [_read_parameter(piece) for piece in split_outer(inside) if piece]
        return tuple(p for p in found if p.type != "void" or p.name)

    @cached_property
    def parameter_types(self) -> tuple[tuple[str, CType], ...]:
        """The declared types of its parameters."""
        found: list[tuple[str, CType]] = []
        for parameter in self.parameters:
            for declared in read_declaration(f"{parameter.type} {parameter.name};"):
                if declared.name == parameter.name:
                    found.append((parameter.name, declared.type))
        return tuple(found)


def _read_parameter(tokens: list[str]) -> Parameter:
    """The parameter that the tokens between two commas declare."""
    words = [n for n, t in enumerate(tokens) if re.match(r"[A-Za-z_]", t)]
    if not words or (len(words) == 1 and len(tokens) == 1):
        return Parameter("", " ".join(tokens))
    at = words[-1]
    if "(" in tokens:  # a pointer to a function: the name is the first word after `(*`
        star = tokens.index("(")
        at = next((n for n in words if n > star), at)
        return Parameter(tokens[at], "void *")
    kind = " ".join(tokens[:at]) + (" *" if "[" in tokens[at:] else "")
    return Parameter(tokens[at], kind.strip())


class Functions:
    """The functions of some files of a tree, found when first asked for."""

    def __init__(self, sources: Iterable[SourceFile]) -> None:
        """`sources` are the files that can hold a function with a stream."""
        self.sources = {str(source.path): source for source in sources}
        self._layouts: dict[str, dict[str, list[FunctionText]]] = {}

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        """The paths of the files where something of that name seems to be defined."""
        found: dict[str, list[str]] = {}
        pattern = re.compile(rb"^[A-Za-z_][^;{}#()=]*?\b(\w+)\s*\(", re.MULTILINE)
        for path, source in self.sources.items():
            for name in set(pattern.findall(source.data)):
                found.setdefault(name.decode("latin-1"), []).append(path)
        return found

    def of_file(self, path: str) -> dict[str, list[FunctionText]]:
        """The functions of a file by name; none of a file that is not one of the sources."""
        if path not in self.sources:
            return {}
        if path not in self._layouts:
            source = self.sources[path]
            text = source.data.decode("latin-1")
            conditionals = read_conditionals(source.data, mask_opaque(source.data))
            found: dict[str, list[FunctionText]] = {}
            for function in split_functions(text).functions:
                around = conditionals.around(function.start)
                conditions = tuple(b.condition.decode("latin-1") for b in around)
                found.setdefault(function.name, []).append(
                    FunctionText(source, function, conditions)
                )
            self._layouts[path] = found
        return self._layouts[path]

    def find_named(self, name: str, path: str = "") -> tuple[FunctionText, ...]:
        """The functions of a name: those of the file at `path`, or else those of all files."""
        own = self.of_file(path).get(name)
        if own:
            return tuple(own)
        paths = self._names.get(name, ())
        return tuple(f for p in paths for f in self.of_file(p).get(name, ()) if _is_readable(f))

    def list_all(self) -> Iterator[FunctionText]:
        """Every function of every file."""
        for path in self.sources:
            for functions in self.of_file(path).values():
                yield from functions


def _is_readable(function: FunctionText) -> bool:
    try:
        return bool(function.code.nodes)
    except UnreadableError:
        return False
