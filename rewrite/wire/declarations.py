# SPDX-License-Identifier: GPL-2.0-or-later
"""Initialisers that read the stream go behind the declarations that follow them, where C allows it.

    uint32_t n = GET be32;          uint32_t n;
    int i;                          int i;
                                    LOAD be32 (n)

Where a declaration that it would pass uses the variable, may call or change something, reads the
stream, or declares a name that the initialiser uses, it goes behind its own. Not when that would pass
one of these, nor into or out of the lines of an `#if`.

What is read into a variable directly behind its declaration goes where an initialiser would.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from .events import Event, Item, Items, Kind, Trouble, Zero, shape
from .macros import File
from .sites import ASSIGNMENTS, is_type
from .statements import Statement, as_load
from .text import CLOSERS, TYPE_WORDS, is_identifier

_STEPS = frozenset(("++", "--"))


@dataclass
class _Declarator:
    """One declarator of a declaration: what stands before its `=`, and its initialiser."""

    head: Items
    value: Items
    statement: int
    target: int | None = None  # the statement that the initialiser goes behind
    load: int | None = None  # the statement that it is, where it stands behind the declaration

    @property
    def name(self) -> str:
        """The variable that is initialised, empty where it is no plain name."""
        last = shape(self.head[-1:])
        return last[0] if last and is_identifier(last[0]) else ""

    @property
    def reads(self) -> bool:
        """Whether the initialiser has an event in it."""
        return any(isinstance(item.what, Event) for item in self.value)

    @property
    def is_empty(self) -> bool:
        """Whether the variable starts with nothing, or with 0."""
        return shape(self.value) in ([], ["0"], ["false"])

    @property
    def is_whole(self) -> bool:
        """Whether the initialiser is an event and nothing else."""
        return len(self.value) == 1

    @property
    def kept(self) -> list[str]:
        """The tokens that stay in the declaration."""
        return shape(self.head if self.target is not None else [*self.head, *self.value])


@dataclass
class Settled:
    """A list of statements with its initialisers moved, and why others, by their tokens, were not."""

    statements: list[Statement]
    stuck: dict[int, Trouble] = field(default_factory=dict)


def settle(statements: list[Statement], file: File) -> Settled:
    """Move what may be moved."""
    declares = any(s.kind == "declaration" for s in statements)
    if not declares or not any(_has_event(s.items) for s in statements if s.body is None):
        return Settled(statements)
    return _Settler(statements, file).settle()


def _has_event(items: Items) -> bool:
    return any(isinstance(item.what, Event) for item in items)


class _Settler:
    """The declarations of one list of statements."""

    def __init__(self, statements: list[Statement], file: File) -> None:
        self._statements = statements
        self._file = file
        self._declarators = {
            at: list(_declarators(statement.items, at))
            for at, statement in enumerate(statements)
            if statement.kind == "declaration"
        }
        self._loads = {load.load: load for load in self._read_loads()}
        for load in self._loads.values():
            self._declarators[load.statement].append(load)
        self._moved: dict[int, list[Statement]] = {}
        self._stuck: dict[int, Trouble] = {}

    def _read_loads(self) -> list[_Declarator]:
        """What is read into variables behind the declarations that nothing has used since."""
        loads: list[_Declarator] = []
        fresh: set[str] = set()
        declaration = 0
        for at, statement in enumerate(self._statements):
            if statement.kind == "declaration":
                declaration = at
                for declarator in self._declarators[at]:
                    fresh -= set(shape([*declarator.head, *declarator.value]))
                    fresh |= {declarator.name} if declarator.is_empty else set()
                continue
            load = _load(statement, at, declaration)
            if load is None or load.name not in fresh or statement.body is not None:
                fresh = set()
                continue
            fresh -= {load.name, *shape(load.value)}
            loads.append(load)
        return loads

    def settle(self) -> Settled:
        """The statements, settled: from the last on, so that each sees what those behind it became."""
        for at in sorted(self._declarators, reverse=True):
            for number in reversed(range(len(self._declarators[at]))):
                self._try(at, number)
        found: list[Statement] = []
        for at, statement in enumerate(self._statements):
            if at not in self._loads:
                found.append(self._rewritten(at, statement))
            found += self._moved.get(at, [])
        return Settled(found, self._stuck)

    def _try(self, at: int, number: int) -> None:
        """Move one initialiser, or note why it stays."""
        moving = self._declarators[at][number]
        value = shape(moving.value)
        if not moving.reads or not moving.name or value[:1] == ["{"]:
            return
        tokens = shape(self._statements[at].items)
        if moving.load is None and (tokens[-1] != ";" or "__auto_type" in tokens):
            return
        problem, stays = self._target(moving, number, tokens)
        if problem is not None:
            self._stuck |= {item.at: problem for item in [moving.head[-1], *moving.value]}
            self._stuck[moving.value[0].at - 1] = problem
        if stays:
            return
        assert moving.target is not None
        moved = self._statements[moving.load] if moving.load is not None else _assignment(moving)
        self._moved.setdefault(moving.target, []).insert(0, moved)

    def _target(
        self, moving: _Declarator, number: int, tokens: list[str]
    ) -> tuple[Trouble | None, bool]:
        """Choose where an initialiser goes: why not behind all declarations, and whether it stays."""
        if any(token[0] == "#" for token in tokens):
            moving.target = moving.load
            return Trouble("an initialiser moved past a directive"), moving.load is None
        moving.target = self._end(moving.statement)
        problem = self._conflict(moving, number)
        if problem is None:
            return None, False
        moving.target = moving.statement
        stays = moving.load is None and self._conflict(moving, number) is not None
        moving.target = None if stays else moving.target
        return problem, stays

    def _end(self, at: int) -> int:
        """The last declaration that one may move behind; an `#if` and its `#endif` go as a whole."""
        end, depth = at, 0
        for index in range(at + 1, len(self._statements)):
            statement = self._statements[index]
            if statement.kind == "declaration":
                end = end if depth else index
            elif statement.kind == "directive":
                text = str(statement.items[0].what)
                if text.startswith(("#endif", "#el")) and not depth:
                    break
                depth += text.startswith("#if") - text.startswith("#endif")
                end = end if depth else index
            elif index not in self._loads:
                break
        return end

    def _conflict(self, moving: _Declarator, number: int) -> Trouble | None:
        """What keeps an initialiser from moving to its target."""
        assert moving.target is not None
        for index in range(moving.statement, moving.target + 1):
            first = number + 1 if index == moving.statement else 0
            for other in self._declarators.get(index, [])[first:]:
                problem = _problem(moving, other, self._file)
                if problem is not None:
                    return problem
        return None

    def _rewritten(self, at: int, statement: Statement) -> Statement:
        """A declaration without the initialisers that moved."""
        if all(d.target is None for d in self._declarators.get(at, ())):
            return statement
        items: Items = []
        declarators = [d for d in self._declarators[at] if d.load is None]
        for number, declarator in enumerate(declarators):
            start = declarator.head[0].at if declarator.head else statement.start
            items += [Item(",", start)] if number else []
            items += declarator.head
            if declarator.target is None:
                items += declarator.value and [Item("=", start), *declarator.value]
            elif declarator.is_whole:
                items.append(Item(Zero(declarator.name), start))
        return replace(statement, items=[*items, statement.items[-1]])


def _load(statement: Statement, at: int, declaration: int) -> _Declarator | None:
    """What is read into a variable by a statement of its own, None where a statement does something else."""
    items, tokens = statement.items, shape(statement.items)
    loads = items and isinstance(items[0].what, Event) and items[0].what.kind is Kind.LOAD
    if loads and tokens[1:2] == ["("] and tokens[3:] == [")", ";"]:
        return _Declarator([items[2]], [items[0]], declaration, load=at)
    if tokens[1:2] == ["="] and tokens[-1] == ";" and _has_event(items):
        return _Declarator([items[0]], items[2:-1], declaration, load=at)
    return None


def _declarators(items: Items, at: int) -> Iterator[_Declarator]:
    """The declarators of a declaration, the first with the type before it."""
    pieces: list[Items] = [[]]
    depth = 0
    for item in items[:-1] if shape(items[-1:]) == [";"] else items:
        token = shape([item])[0]
        depth += (token in CLOSERS) - (token in (")", "]", "}"))
        if token == "," and not depth:
            pieces.append([])
        else:
            pieces[-1].append(item)
    for piece in pieces:
        equals = _top_level_equals(shape(piece))
        yield _Declarator(piece[:equals], piece[equals + 1 :], at)


def _top_level_equals(tokens: list[str]) -> int:
    depth = 0
    for at, token in enumerate(tokens):
        depth += (token in CLOSERS) - (token in (")", "]", "}"))
        if token == "=" and not depth:
            return at
    return len(tokens)


def _assignment(moving: _Declarator) -> Statement:
    """The assignment that an initialiser becomes."""
    at = moving.value[0].at
    items = [moving.head[-1], Item("=", at), *moving.value, Item(";", at)]
    return Statement("simple", as_load(items, split=True), at, at)


def _problem(moving: _Declarator, other: _Declarator, file: File) -> Trouble | None:
    """Why one initialiser can't pass another declarator."""
    assert moving.target is not None
    if other.reads and (other.target is None or other.target < moving.target):
        return Trouble("an initialiser moved past other primitives")
    effects = _has_effects(shape(moving.value))
    if effects and not other.is_empty and other.target is None:
        return Trouble("an initialiser moved past another")
    used = {token for _, token in _free(shape(moving.value)) if is_identifier(token)}
    hidden = used & _declared(other)
    if hidden:
        return Trouble(f"{min(hidden)} is another one before the load")
    tokens = other.kept
    for at, token in _free(tokens):
        if token == moving.name:
            return Trouble(f"{token} is used before it is loaded")
        if token in ASSIGNMENTS | _STEPS and not _is_designated(tokens, at):
            return Trouble("something changes before the load")
        if file.macros.acts(token):
            return Trouble(f"the load moved, past the macro {token}", hidden=True)
        if token == "[" and effects:
            return Trouble("an array is measured before the load")
    macro = file.macros.naming({moving.name}, tokens)
    if macro:
        return Trouble(f"the load moved, past the macro {macro}", hidden=True)
    called = _called(other)
    return Trouble(f"{called} is called before the load") if called else None


def _is_designated(tokens: list[str], at: int) -> bool:
    """Whether the `=` at a token is that of `.member = x` or of `[2] = x` in an initialiser's braces."""
    designates = False
    while tokens[at] == "=" or designates:
        if tokens[at - 1] == "]":
            at -= tokens[at::-1].index("[")
        elif tokens[at - 2] == ".":
            at -= 2
        else:
            break
        designates = True
    return designates and tokens[at - 1] in ("{", ",")


def _free(tokens: list[str]) -> Iterator[tuple[int, str]]:
    """The tokens that are no names of members, with their places."""
    for at, token in enumerate(tokens):
        if not at or tokens[at - 1] not in (".", "->"):
            yield at, token


def _declared(other: _Declarator) -> set[str]:
    """The names that a declarator may declare: all that it has where it is no plain one."""
    tokens = shape(other.head)
    if not {"(", "{"}.isdisjoint(tokens):
        return {token for token in tokens if is_identifier(token)}
    end = tokens.index("[") if "[" in tokens else len(tokens)
    return set(tokens[end - 1 : end])


def _called(other: _Declarator) -> str:
    """What a declarator calls: in its initialiser, or to measure an array; empty for nothing."""
    tokens = shape(other.head)
    inside = tokens[tokens.index("[") :] if "[" in tokens else []
    parts = [inside] if other.target is not None else [inside, shape(other.value)]
    for part in parts:
        for at, token in enumerate(part):
            before = part[at - 1] if at else ""
            if token == "(" and (before in (")", "]") or is_identifier(before)):
                cast = before == ")" and is_type(part[_opening(part, at - 1) + 1 : at - 1])
                if not cast and before != "sizeof" and before not in TYPE_WORDS:
                    return before
    return ""


def _opening(tokens: list[str], close: int) -> int:
    """The parenthesis that the one at `close` closes."""
    depth = 0
    for at in range(close, -1, -1):
        depth += (tokens[at] == ")") - (tokens[at] == "(")
        if not depth:
            return at
    return 0


def _has_effects(value: list[str]) -> bool:
    """Whether an initialiser calls, assigns or steps anything beside its events."""
    for before, token in zip(["", *value], value, strict=False):
        if token in ASSIGNMENTS or token in _STEPS:
            return True
        if token == "(" and is_identifier(before) and before not in ("sizeof", "event"):
            return True
    return False
