# SPDX-License-Identifier: GPL-2.0-or-later
"""Which changed functions must stay in one patch: the save and the load of a pair, and a handler with
the helpers that it calls, whichever files they are in."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from posixpath import dirname

from ..c.syntax import Syntax
from ..convert.conversion import FileResult
from ..convert.handlers import Role
from ..files.edit import Edit

_CALL = re.compile(rb"\b([A-Za-z_]\w*)\s*\(")
_STATIC = re.compile(rb"\bstatic\b")


@dataclass(frozen=True)
class FunctionToChange:
    """A function to change: its file's name, its own, its bytes in the old text, and its edits.

    `exported` says that other files can call it, `calls` names what it calls.
    """

    file: str
    name: str
    start: int
    end: int
    edits: tuple[Edit, ...]
    exported: bool
    calls: frozenset[str]

    def holds(self, offset: int) -> bool:
        """Whether a byte of the old text is in the function."""
        return self.start <= offset < self.end


def changed_functions(file: FileResult) -> list[FunctionToChange]:
    """The functions of one file that a conversion edits, in the order of the text, and handlers that
    it doesn't edit, which may call helpers that it does."""
    syntax = Syntax(file.source)
    edits: dict[tuple[int, int, str], list[Edit]] = defaultdict(list)
    for edit in file.edits:
        edits[_function_bounds(syntax, edit.start)].append(edit)
    for name in {*file.roles} - {name for _, _, name in edits}:
        head = re.search(rb"\b%s\s*\([^;{}]*\)\s*\{" % re.escape(name.encode()), syntax.masked)
        if head is not None:
            edits[_function_bounds(syntax, head.end())] += []
    return [
        _make_function(syntax, file.source.name, start, end, name, group)
        for (start, end, name), group in sorted(edits.items())
    ]


def _function_bounds(syntax: Syntax, offset: int) -> tuple[int, int, str]:
    place = syntax.place(offset)
    if place.function is None:
        return (*syntax.function_bounds(offset), "")
    return place.function.start_byte, place.function.end_byte, place.name(syntax.source.data)


def _make_function(
    syntax: Syntax, file: str, start: int, end: int, name: str, edits: Sequence[Edit]
) -> FunctionToChange:
    text = syntax.masked[start:end]
    head, _, body = text.partition(b"{")
    calls = frozenset(m[1].decode("latin-1") for m in _CALL.finditer(body))
    exported = _STATIC.search(head) is None
    return FunctionToChange(file, name, start, end, tuple(edits), exported, calls)


Group = tuple[FunctionToChange, ...]
"""Functions that stay together, in the order of files and text."""


def groups_of(
    functions: Sequence[FunctionToChange], roles: Mapping[str, Mapping[str, Role]]
) -> list[Group]:
    """The functions in groups that must stay together, each in one; `roles` are by file and name.

    What nothing ties to another (no registration names it, no changed function calls it) may be half
    of a pair that the tree makes in a way that no rule knows: all such functions of a file stay
    together.
    """
    forest = _Forest(functions)
    defined: dict[str, list[FunctionToChange]] = defaultdict(list)
    for function in functions:
        defined[function.name].append(function)
    tied = {
        f for ties in _find_ties(functions, defined, roles) for f in _join_functions(forest, ties)
    }
    loose: dict[str, FunctionToChange] = {}
    for function in functions:
        if function.edits and function not in tied:
            forest.join(loose.setdefault(function.file, function), function)
    return forest.list_groups()


def _join_functions(
    forest: _Forest, ties: Sequence[FunctionToChange]
) -> Sequence[FunctionToChange]:
    for other in ties[1:]:
        forest.join(ties[0], other)
    return ties


def _find_ties(
    functions: Sequence[FunctionToChange],
    defined: Mapping[str, Sequence[FunctionToChange]],
    roles: Mapping[str, Mapping[str, Role]],
) -> Iterator[list[FunctionToChange]]:
    """Functions that belong together, some in more than one list."""
    for function in functions:
        yield from (
            [function, *_nearest_functions(defined, function.file, n)]
            for n in _called_functions(function, defined)
        )
        same = [f for f in defined[function.name] if f.file == function.file]
        if len(same) > 1:
            yield same
    for file, named in roles.items():
        for name, role in named.items():
            for function in _nearest_functions(defined, file, name):
                yield [function, *_nearest_functions(defined, function.file, role.partner)]


def _called_functions(
    function: FunctionToChange, defined: Mapping[str, Sequence[FunctionToChange]]
) -> list[str]:
    return sorted(n for n in function.calls if n in defined and n != function.name)


def _nearest_functions(
    defined: Mapping[str, Sequence[FunctionToChange]], file: str, name: str
) -> Sequence[FunctionToChange]:
    """The changed functions that a name in a file may mean.

    Those of the file itself; else those that other files can see, of the same folder where there are
    any: each target's folder has its own function of one name.
    """
    candidates = defined.get(name, ()) if name else ()
    here = [f for f in candidates if f.file == file]
    if here:
        return here
    exported = [f for f in candidates if f.exported]
    beside = [f for f in exported if dirname(f.file) == dirname(file)]
    return beside or exported


class _Forest:
    """Sets of functions that are joined two by two."""

    def __init__(self, functions: Iterable[FunctionToChange]) -> None:
        self._parent = {f: f for f in functions}

    def _find_root(self, function: FunctionToChange) -> FunctionToChange:
        while self._parent[function] is not function:
            function = self._parent[function]
        return function

    def join(self, one: FunctionToChange, other: FunctionToChange) -> None:
        """Make the sets of two functions one."""
        self._parent[self._find_root(other)] = self._find_root(one)

    def list_groups(self) -> list[Group]:
        """The sets by their first function, without those that are not edited."""
        found: dict[FunctionToChange, list[FunctionToChange]] = defaultdict(list)
        for function in self._parent:
            if function.edits:
                found[self._find_root(function)].append(function)
        ordered = [tuple(sorted(g, key=lambda f: (f.file, f.start))) for g in found.values()]
        return sorted(ordered, key=lambda g: (g[0].file, g[0].start))
