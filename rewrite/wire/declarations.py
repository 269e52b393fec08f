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

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from .declarators import Declarator, has_event, read_declarators, read_load
from .events import Items, NormalItem, Trouble, Zero, shape_of
from .macros import File
from .passing import Passed
from .statements import Statement, as_load


@dataclass
class Settled:
    """A list of statements with its initialisers moved, and why others, by their tokens, were not."""

    statements: list[Statement]
    stuck: dict[int, Trouble] = field(default_factory=dict)


def settle_declarations(statements: list[Statement], file: File) -> Settled:
    """Move what may be moved."""
    declares = any(s.kind == "declaration" for s in statements)
    if not declares or not any(has_event(s.items) for s in statements if s.body is None):
        return Settled(statements)
    return _Settler(statements, file).settle()


class _Settler:
    """The declarations of one list of statements."""

    def __init__(self, statements: list[Statement], file: File) -> None:
        self._statements = statements
        self._file = file
        self._declarators = {
            at: list(read_declarators(statement.items, at))
            for at, statement in enumerate(statements)
            if statement.kind == "declaration"
        }
        self._loads = self._read_loads()
        for load in self._loads.values():
            self._declarators[load.statement].append(load)
        self._moved: dict[int, list[Statement]] = {}
        self._stuck: dict[int, Trouble] = {}

    def _read_loads(self) -> dict[int, Declarator]:
        """What is read into variables behind the declarations that nothing has used since."""
        loads: dict[int, Declarator] = {}
        fresh: set[str] = set()
        declaration = 0
        for at, statement in enumerate(self._statements):
            if statement.kind == "declaration":
                declaration = at
                for declarator in self._declarators[at]:
                    fresh -= set(shape_of([*declarator.head, *declarator.value]))
                    fresh |= {declarator.name} if declarator.is_empty else set()
                continue
            load = read_load(statement, at, declaration)
            if load is None or load.name not in fresh or statement.body is not None:
                fresh = set()
                continue
            fresh -= {load.name, *shape_of(load.value)}
            loads[at] = load
        return loads

    def settle(self) -> Settled:
        """The statements, settled: from the last on, so that each sees what those behind it became."""
        reach = _Reach(self._statements, self._loads.keys())
        around: list[Passed] = []
        for at in sorted(self._declarators, reverse=True):
            end, stop = reach.ends[at], reach.stops[at]
            around = [p for p in around if end <= p.target < stop]
            if not around or around[-1].target > end:
                around.append(Passed(end, self._file))
            self._settle_statement(at, around)
        found: list[Statement] = []
        for at, statement in enumerate(self._statements):
            if at not in self._loads:
                found.append(self._rewrite_declaration(at, statement))
            found += reversed(self._moved.get(at, []))
        return Settled(found, self._stuck)

    def _settle_statement(self, at: int, around: Sequence[Passed]) -> None:
        """Move what initialises the variables of one declaration, or note why it stays.

        `around` is what is passed on the way to each end from here on, the nearest last.
        """
        tokens = shape_of(self._statements[at].items)
        plain = tokens[-1] == ";" and "__auto_type" not in tokens
        is_cut = any(token[0] == "#" for token in tokens)
        own = Passed(at, self._file)
        for moving in reversed(self._declarators[at]):
            moves = moving.reads and moving.name and shape_of(moving.value[:1]) != ["{"]
            if moves and (plain or moving.load is not None):
                self._move(moving, is_cut, around[-1], own)
            for passed in (*around, own):
                passed.add(moving)

    def _move(self, moving: Declarator, is_cut: bool, others: Passed, own: Passed) -> None:
        """Choose where an initialiser goes: behind all declarations, behind its own, or nowhere."""
        problem = others.trouble_of(moving)
        if is_cut:
            problem = Trouble("an initialiser moved past a directive")
            moving.target = moving.load
        elif problem is None:
            moving.target = others.target
        elif moving.load is not None or own.trouble_of(moving) is None:
            moving.target = own.target
        if problem is not None:
            self._stuck |= {item.at: problem for item in [moving.head[-1], *moving.value]}
            self._stuck[moving.value[0].at - 1] = problem
        if moving.target is not None:
            load = moving.load
            moved = self._statements[load] if load is not None else _make_assignment(moving)
            self._moved.setdefault(moving.target, []).append(moved)

    def _rewrite_declaration(self, at: int, statement: Statement) -> Statement:
        """A declaration without the initialisers that moved."""
        if all(d.target is None for d in self._declarators.get(at, ())):
            return statement
        items: Items = []
        declarators = [d for d in self._declarators[at] if d.load is None]
        for number, declarator in enumerate(declarators):
            start = declarator.head[0].at if declarator.head else statement.start
            items += [NormalItem(",", start)] if number else []
            items += declarator.head
            if declarator.target is None:
                items += declarator.value and [NormalItem("=", start), *declarator.value]
            elif declarator.is_whole:
                items.append(NormalItem(Zero(declarator.name), start))
        return replace(statement, items=[*items, statement.items[-1]])


class _Reach:
    """How far an initialiser may move from each statement: an `#if` and its `#endif` go as a whole.

    `ends` are the last statements that it may move behind, `stops` the next ones that it may not pass
    whatever is around it.
    """

    def __init__(self, statements: Sequence[Statement], loads: Collection[int]) -> None:
        count = len(statements)
        self.ends = list(range(count))
        self.stops = [count] * count
        last = [-1] * (count + 1)  # the last to move behind from each on, -1 for none
        stop = count
        closing: list[int] = []  # the `#endif` of each `#if` that is open, seen from behind
        for at in range(count - 1, -1, -1):
            statement = statements[at]
            self.stops[at], behind = stop, last[at + 1]
            self.ends[at] = max(at, behind)
            if statement.kind == "declaration":
                last[at] = self.ends[at]
            elif at in loads:
                last[at] = behind
            elif statement.kind == "directive":
                last[at] = self._passed(str(statement.items[0].what), at, closing, last)
            else:
                stop = at

    def _passed(self, text: str, at: int, closing: list[int], last: Sequence[int]) -> int:
        """The last to move behind from a directive on."""
        if text.startswith("#endif"):
            closing.append(at)
            return -1
        if text.startswith("#el"):
            return -1
        if not text.startswith("#if"):
            return max(at, last[at + 1])
        end = closing.pop() if closing else len(self.ends)
        return max(end, last[end + 1]) if end < self.stops[at] else -1


def _make_assignment(moving: Declarator) -> Statement:
    """The assignment that an initialiser becomes."""
    at = moving.value[0].at
    items = [moving.head[-1], NormalItem("=", at), *moving.value, NormalItem(";", at)]
    return Statement("simple", as_load(items, split=True), at, at)
