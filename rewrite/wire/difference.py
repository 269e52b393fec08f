# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the normal form of a function and that of its conversion differ first.

Both are lists of tokens and events, and must be equal, but for what the text of one can't tell:

- a visit of an lvalue itself has the lvalue's own type, so its event stands for any type;
- a variable whose initialiser became such a visit starts with 0, one that is assigned with nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from ..errors import DifferError, ObscuredError, UnreadableError
from ..terms import Direction
from .events import SMALL, Event, EventKind, Trouble, Zero, shape_of
from .facts import Vocabulary
from .macros import NOTHING, File
from .normal import Normal, list_primitives, normalize_body
from .sites import field_key
from .text import CLOSERS, Code, find_identifiers

_FIXED = re.compile(r"[-~( ]*(?:\d\w*|'[^']*'|true|false|[A-Z][A-Z0-9_]+)[) ]*")
"""The key of a value that is always the same: a number, a character, a constant's name."""


def check_conversion(
    old: Code, new: Code, header: Sequence[str], words: Vocabulary, file: File = NOTHING
) -> None:
    """Raise DifferError where a function's new body is no conversion of the old one.

    An ObscuredError says that it can't be told.
    """
    if old.tokens == new.tokens:
        return
    kept = find_identifiers([*header, *old.tokens])
    ways = _find_ways(old, new, words)
    try:
        before = normalize_body(old, words, file, kept, ways)
        after = normalize_body(new, words, file, kept, ways)
    except UnreadableError:
        raise ObscuredError("nested too deeply to be compared", 0, 0) from None
    _NormalComparison(before, after).run()


def _find_ways(old: Code, new: Code, words: Vocabulary) -> dict[str, Direction]:
    """The direction of each stream whose primitives became fewer."""
    gone = Counter(list_primitives(old, words))
    gone.subtract(list_primitives(new, words))
    ways: dict[str, Direction] = {}
    for (stream, way), count in gone.items():
        if count > 0 and ways.setdefault(stream, way) != way:
            raise DifferError("visits took the place of reads and of writes", 0, 0)
    return ways


class _NormalComparison:
    """Two normal forms, walked side by side."""

    def __init__(self, old: Normal, new: Normal) -> None:
        self._normals = old, new
        self._old, self._new = old.items(), new.items()
        self._starts: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._used: set[str] = set()
        self._i = self._j = 0

    def run(self) -> None:
        """Compare everything."""
        while self._i < len(self._old) and self._j < len(self._new):
            old, new = self._old[self._i].what, self._new[self._j].what
            if isinstance(old, str) and old == new:
                self._i, self._j = self._i + 1, self._j + 1
                continue
            if isinstance(old, Zero):
                self._j += self._start_of(old)
                self._i += 1
                continue
            problem = self._find_problem(old, new)
            if problem:
                raise self._make_failure(problem, old, new)
            self._i, self._j = self._i + 1, self._j + 1
        if self._i < len(self._old):
            raise self._make_difference("a statement is missing")
        if self._j < len(self._new):
            raise self._make_difference("a statement was added")
        self._check_streams()

    def _start_of(self, zero: Zero) -> int:
        """How many new items a variable starts with whose initialiser moved."""
        start = shape_of(self._new[self._j : self._j + 2])
        if start in (["=", "0"], ["=", "false"]):
            self._starts[zero.name] = start[1]
            return 2
        return int(self._new[self._j].what == zero)

    def _find_problem(self, old: object, new: object) -> str:
        """What is wrong with a new item in the place of an old one; empty if nothing is."""
        if isinstance(old, Event) and isinstance(new, Event):
            if (old.name is None) == (new.name is None):
                return "" if _is_same(old, new) else "the call changed"
            return self._check_conversion(old, new)
        return "" if old == new and not isinstance(new, Trouble) else "the code changed"

    def _check_conversion(self, old: Event, new: Event) -> str:
        """What is wrong with a visit in the place of a primitive."""
        if old.name is not None:
            return "the call changed"
        if old.stream != new.stream:
            known = any(" ".join(s.file) == old.stream for s in self._normals[1].streams)
            problem = "the visitor is another stream's"
            return problem if known else f"there is no visitor of {old.stream}"
        if old.kind is not new.kind:
            return "another operand"
        if old.wire != new.wire:
            return f"{old.wire} became {new.wire}"
        return self._type_problem(old, new) or self._name_problem(old, new)

    def _type_problem(self, old: Event, new: Event) -> str:
        holder = "compound literal" if old.kind is EventKind.PUT else "temporary"
        if new.type not in ("", old.type):
            return f"the {holder} has another type"
        if old.kind is EventKind.GET and new.arrives != old.arrives:
            needed = new.arrives in SMALL or "unsigned" in old.arrives
            return "the temporary needs a cast" if needed else "a cast was added"
        if old.kind is EventKind.PUT and not new.type and old.cast:
            return "another operand"
        if old.kind is EventKind.LOAD and old.split:
            name = str(self._old[self._i + 2].what)
            start = self._starts.get(name, "")
            if start != self._start_before(new):
                return f"{name} starts with {start or 'nothing'}"
        return ""

    def _start_before(self, load: Event) -> str:
        """What a variable starts with that a visit loads: nothing where it is assigned instead."""
        if load.type:
            return ""
        visit = self._normals[1].reading.words.visits[load.call[0]]
        return "false" if visit.c_type == "bool" else "0"

    def _name_problem(self, old: Event, new: Event) -> str:
        """Every visit has a name; two fields have two.

        A fixed value may share one: `put(f, s->id); ... put(f, 0)` says that there are no more.
        """
        if not new.name:
            return "the visit has no name"
        self._used.add(old.stream)
        key = _key(old.operand, old.pointer)
        if _FIXED.fullmatch(key):
            return ""
        known = self._names.setdefault(new.name, key)
        return f"{new.name} names two fields: {known} and {key}" if known != key else ""

    def _make_failure(self, problem: str, old: object, new: object) -> DifferError:
        """The difference at the current items: the cause, where one was noted."""
        trouble = new if isinstance(new, Trouble) else None
        at = self._old[self._i].at
        if trouble is None:
            trouble = self._normals[0].stuck.get(at)
        if trouble is not None:
            kind = ObscuredError if trouble.hidden else DifferError
            return kind(trouble.message, at, self._new[self._j].at)
        return self._make_difference(self._explain_problem(problem, old, new))

    def _explain_problem(self, problem: str, old: object, new: object) -> str:
        """A better word for a difference, where there is one."""
        if isinstance(old, Event) and not isinstance(new, Event):
            reading = self._normals[1].reading
            visit = reading.visit_at(self._new[self._j].at) if new in reading.words.visits else None
            if visit is not None and old.name is None:
                visitor, errp = (reading.argument(visit, role) for role in ("visitor", "errp"))
                return reading.streams.problem_of(old.stream, visitor, errp) or problem
            if old.split:
                return f"{self._old[self._i + 2].what} is not loaded where it was"
            return "the call changed"
        return "another operand" if self._in_operand() else problem

    def _in_operand(self) -> bool:
        """Whether the current items are in the parentheses behind an event."""
        depth = 0
        for at in range(self._i - 1, -1, -1):
            what = self._old[at].what
            depth += (what in (")", "]", "}")) - (what in CLOSERS)
            if depth < 0:
                depth = 0
                before = self._old[at - 1].what if at else ""
                if isinstance(before, Event):
                    return True
        return False

    def _make_difference(self, message: str) -> DifferError:
        places = []
        for items, at in ((self._old, self._i), (self._new, self._j)):
            last = items[-1].at + 1 if items else 0
            places.append(items[at].at if at < len(items) else last)
        return DifferError(message, *places)

    def _check_streams(self) -> None:
        """Each visitor that was added is used, and its stream stays what it was."""
        streams = self._normals[1].streams
        for stream in streams:
            if " ".join(stream.file) in self._used:
                streams.check(stream)
            elif stream.added:
                raise DifferError(f"{stream.visitor} is not used", 0, stream.at)


@lru_cache(maxsize=16)  # all gets of one expression have the same operand, which may be long
def _key(operand: tuple[str, ...], pointer: bool) -> str:
    return field_key(list(operand), pointer)


def _is_same(old: Event, new: Event) -> bool:
    """Whether two primitives, or two visits, are one."""
    return (old.kind, old.call, old.type, old.arrives, old.cast, old.split) == (
        (new.kind, new.call, new.type, new.arrives, new.cast, new.split)
    )
