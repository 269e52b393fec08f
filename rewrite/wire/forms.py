# SPDX-License-Identifier: GPL-2.0-or-later
"""The forms in which a visit stands for a primitive's call, within one expression or statement."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ..errors import DifferError, ObscuredError
from .facts import BUFFER, Vocabulary, WirePrimitive, WireVisit
from .macros import NOTHING, File
from .sites import (
    ASSIGNMENTS,
    address_forms,
    assigned_lvalue,
    buffer_forms,
    field_key,
    hoist_problem,
    is_operand,
    is_unary,
    keeps_value,
    pointee_forms,
    strip_parentheses,
)
from .streams import Streams
from .text import Call, Code, identifiers, is_identifier

_FIXED = re.compile(r"[-~( ]*(?:\d\w*|'[^']*'|true|false|[A-Z][A-Z0-9_]+)[) ]*")
"""The key of a value that is always the same: a number, a character, a constant's name."""

_SMALL = frozenset(("uint8_t", "uint16_t", "int8_t", "int16_t"))  # promoted to int


@dataclass(frozen=True)
class Visit:
    """A visit as the new text calls it; `arguments` by their roles, "size" only for a buffer."""

    fact: WireVisit
    arguments: dict[str, list[str]]
    spans: dict[str, tuple[int, int]]
    start: int
    end: int


@dataclass
class Fold:
    """A temporary that was visited just before the statement that uses it.

    `operand` is what the statement assigns, where the caller knows; `used` tells that the place of
    the use was found.
    """

    name: str
    visit: Visit
    c_type: str
    operand: list[str] = field(default_factory=list)
    used: bool = False


class Forms:
    """Compares expressions of one function, and remembers the names that conversion introduced."""

    def __init__(
        self,
        old: Code,
        new: Code,
        header: Sequence[str],
        vocabulary: Vocabulary,
        file: File = NOTHING,
    ) -> None:
        self.old = old
        self.new = new
        self.words = vocabulary
        self.file = file
        self.taken = identifiers([*header, *old.tokens])
        self.streams = Streams(new, vocabulary, self.taken)
        self.uses: dict[str, int] = {}  # how often each temporary occurs if all is well
        self._names: dict[str, str] = {}
        self._types = {visit.c_type for visit in vocabulary.visits.values()} - {"bool", ""}

    def temporary(self, tokens: list[str]) -> str:
        """The name that `Cw t = 0;` declares, empty if the tokens are something else.

        What the function names already is no temporary.
        """
        if len(tokens) != 5 or tokens[0] not in self._types or tokens[2:] != ["=", "0", ";"]:
            return ""
        name = tokens[1]
        if name in self.taken:
            return ""
        self.taken.add(name)
        self.uses[name] = 0
        return name

    def expression(
        self,
        old: tuple[int, int],
        new: tuple[int, int],
        fold: Fold | None = None,
        statement: int | None = None,
    ) -> None:
        """Compare a span of old tokens with one of new tokens, calls converted where they stand.

        `fold` may be used once, in the place of a call. `statement` is the old token that the
        statement starts with, where that is not the start of the span.
        """
        (i, end), (j, new_end) = old, new
        start = i if statement is None else statement
        while i < end:
            if j >= new_end:
                raise DifferError("something is missing", i, j)
            if self.old.tokens[i] == self.new.tokens[j]:
                i, j = i + 1, j + 1
                continue
            call = self.primitive_at(i)
            if call is None or call.end > end:
                raise DifferError("the code changed", i, j)
            j = self._converted(call, start, end, j, fold)
            i = call.end
        if j != new_end:
            raise DifferError("something was added", i, j)

    def _converted(self, call: Call, start: int, end: int, j: int, fold: Fold | None) -> int:
        """A primitive's call that has become something else at new token `j`. Where that ends."""
        primitive = self.words.primitives[call.name]
        if primitive.operand != "result":
            visit = self.visit_at(j)
            if visit is None:
                raise DifferError("the call changed", call.start, j)
            self._check_operand(call, primitive, visit)
            return visit.end
        at = j + 4 if self._has_cast(j) else j
        if fold is not None and not fold.used and self.new.at(at) == fold.name:
            self._use(call, start, end, j, fold)
            return at + 1
        return self._in_place(call, start, end, j)

    def _has_cast(self, j: int) -> bool:
        """Whether `(unsigned int)` stands at new token `j`."""
        return self.new.span(j, j + 4) == ["(", "unsigned", "int", ")"]

    def _use(self, call: Call, start: int, end: int, j: int, fold: Fold) -> None:
        """A temporary in the place of the call."""
        problem = hoist_problem(self.old, call.start, start, self.file.functions)
        if problem:
            raise DifferError(f"the visit moved, but {problem}", call.start, j)
        macro = self.acting_macro(start, end) or self._macro_around(call, start)
        if macro:
            raise ObscuredError(f"the visit moved, past the macro {macro}", call.start, j)
        if self._events(start, end) != 1:
            raise DifferError("the visit moved, past other primitives", call.start, j)
        if any(token[0] == "#" for token in self.old.span(start, end)):
            raise DifferError("the visit moved, past a directive", call.start, j)
        if self._shares_stream(call, start, end):
            raise DifferError("the visit moved, past another use of the stream", call.start, j)
        self.check_temporary(call, fold.visit, fold.c_type)
        self._check_cast(call, self._has_cast(j), j)
        fold.used = True
        self.uses[fold.name] = 3
        self.site(call, fold.visit, fold.operand or self._operand(call, start, end))

    def acting_macro(self, start: int, end: int) -> str:
        """A name in old tokens `start` to `end` that is a macro of the file and may act; else empty."""
        names = (self.old.tokens[at] for at in range(start, end))
        names = (name for name in names if name not in self.words.primitives)
        wire = {*self.words.primitives, *self.words.visits}
        return next((name for name in names if self.file.macros.acts(name, wire)), "")

    def _macro_around(self, call: Call, start: int) -> str:
        """A macro of the file among whose arguments a call stands; it may evaluate them in any way."""
        for at in range(start, call.start):
            outer = self.old.call(at) if self.old.tokens[at] in self.file.macros else None
            if outer is not None and outer.end > call.start:
                return outer.name
        return ""

    def _shares_stream(self, call: Call, start: int, end: int) -> bool:
        """Whether another call in the same expression has the stream among its arguments.

        Those that the getter is itself an argument of come after it in any case.
        """
        file = strip_parentheses(self.old.span(*call.arguments[0]))
        for at in range(start, end):
            other = self.old.call(at) if self.old.at(at + 1) == "(" else None
            if other is None or other.start <= call.start < other.end:
                continue
            if any(self.old.span(*argument) == file for argument in other.arguments):
                return True
        return False

    def _operand(self, call: Call, start: int, end: int) -> list[str]:
        """What a getter's result goes to: the lvalue or variable, else all that uses it."""
        lvalue = assigned_lvalue(self.old, call.start, start)
        if lvalue[:2] == ["*", "&"]:
            lvalue = lvalue[2:]
        if lvalue and not is_unary(lvalue) and is_identifier(lvalue[-1]):
            return lvalue[-1:]
        return lvalue or self.old.span(start, end)

    def _in_place(self, call: Call, start: int, end: int, j: int) -> int:
        """`({ Cw t = 0; visit(&t); t; })` in the place of the call. Where it ends."""
        new = self.new
        visit = self.visit_at(j + 7)
        if new.span(j, j + 2) != ["(", "{"] or visit is None or new.at(visit.end) != ";":
            raise DifferError("the call changed", call.start, j)
        name = self.temporary(new.span(j + 2, j + 7))
        cast = self._has_cast(visit.end + 1)
        at = visit.end + 1 + 4 * cast
        if not name or new.span(at, at + 4) != [name, ";", "}", ")"]:
            raise DifferError("the call changed", call.start, j)
        if visit.arguments["object"] != ["&", name]:
            raise DifferError(f"{name} is not what is visited", call.start, j)
        self.check_temporary(call, visit, new.at(j + 2))
        self._check_cast(call, cast, j)
        self.uses[name] = 3
        self.site(call, visit, self._operand(call, start, end))
        return at + 4

    def _check_cast(self, call: Call, cast: bool, j: int) -> None:
        """A temporary must be used with the type that the getter returns, where it matters."""
        primitive = self.words.primitives[call.name]
        narrow = primitive.returns == "unsigned int" and primitive.c_type in _SMALL
        if cast and not narrow:
            raise DifferError("a cast was added", call.start, j)
        if narrow and not cast and not keeps_value(self.old, call.start, call.end):
            raise DifferError("the temporary needs a cast", call.start, j)

    # Single calls.

    def primitive_at(self, i: int) -> Call | None:
        """The primitive's call that starts at old token `i`."""
        primitive = self.words.primitives.get(self.old.at(i))
        call = self.old.call(i) if primitive is not None else None
        if primitive is None or call is None or len(call.arguments) != primitive.arguments:
            return None
        return call if self.old.at(i - 1) not in (".", "->") else None

    def event_at(self, i: int) -> Call:
        """The primitive's call in old tokens from `i` on that a waiting declaration holds."""
        call = self.primitive_at(i)
        if call is None:
            raise DifferError("the call is gone", i, 0)
        return call

    def _events(self, start: int, end: int) -> int:
        """How many primitives and visits the old tokens `start` to `end` call."""
        names = [self.old.tokens[at] for at in range(start, end)]
        return sum(n in self.words.primitives or n in self.words.visits for n in names)

    def is_getter(self, call: Call) -> bool:
        """Whether a primitive's call returns what it read."""
        return self.words.primitives[call.name].operand == "result"

    def has_event(self, start: int, end: int) -> bool:
        """Whether old tokens `start` to `end` call a primitive."""
        return any(self.primitive_at(at) is not None for at in range(start, end))

    def has_effects(self, start: int, end: int) -> bool:
        """Whether old tokens `start` to `end` call, assign or step anything beside primitives."""
        for at in range(start, end):
            token = self.old.tokens[at]
            if token in ASSIGNMENTS or token in ("++", "--"):
                return True
            if self.old.call(at) is not None and token not in self.words.primitives:
                return True
        return False

    def visit_at(self, j: int) -> Visit | None:
        """The visit that new token `j` calls."""
        fact = self.words.visits.get(self.new.at(j))
        call = self.new.call(j) if fact is not None else None
        if fact is None or call is None:
            return None
        roles = self.words.roles(fact)
        if len(call.arguments) != len(roles):
            return None
        spans = dict(zip(roles, call.arguments, strict=True))
        arguments = {role: self.new.span(*span) for role, span in spans.items()}
        return Visit(fact, arguments, spans, j, call.end)

    def _check_operand(self, call: Call, primitive: WirePrimitive, visit: Visit) -> None:
        """The operand of a put, a pointer form or a buffer."""
        operand = self.old.span(*call.arguments[1])
        target = visit.arguments["object"]
        if primitive.operand == "value":
            same = target in address_forms(operand) or self._is_value(call, primitive, visit)
        elif primitive.operand == "pointer":
            same = target in (operand, strip_parentheses(operand))
            same = same or self._is_pointee(call, primitive, visit)
        else:
            same = target in buffer_forms(operand) and "size" in visit.spans
        if not same:
            raise DifferError("another operand", call.start, visit.start)
        if primitive.operand == BUFFER:
            self.expression(call.arguments[2], visit.spans["size"])
        self._conversion(call, visit, field_key(operand, primitive.operand != "value"))

    def _is_value(self, call: Call, primitive: WirePrimitive, visit: Visit) -> bool:
        """Whether the visit's object is a compound literal of the operand."""
        held = self._literal(primitive, visit, call)
        if held is not None:
            self.expression(*self._without_cast(call.arguments[1], held, visit.fact.c_type))
        return held is not None

    def _without_cast(
        self, old: tuple[int, int], new: tuple[int, int], c_type: str
    ) -> tuple[tuple[int, int], tuple[int, int]]:
        """Both spans without a cast to the literal's own type that only one of them has: the value
        becomes that type in any case."""
        cast = ["(", c_type, ")"]
        before, after = self.old.span(*old), self.new.span(*new)
        if (before[:3] == cast) == (after[:3] == cast):
            return old, new
        if before[:3] == cast:
            return ((old[0] + 3, old[1]) if is_operand(before[3:]) else old), new
        if not is_operand(after[3:]):
            return old, new
        grouped = strip_parentheses(after[3:]) != after[3:] and strip_parentheses(before) == before
        return old, (new[0] + 3 + grouped, new[1] - grouped)

    def _is_pointee(self, call: Call, primitive: WirePrimitive, visit: Visit) -> bool:
        """Whether the visit's object is a compound literal of what a put's operand points to."""
        held = self._literal(primitive, visit, call) if primitive.direction == "put" else None
        operand = self.old.span(*call.arguments[1])
        return held is not None and self.new.span(*held) in pointee_forms(operand)

    def _literal(
        self, primitive: WirePrimitive, visit: Visit, call: Call
    ) -> tuple[int, int] | None:
        """The span that a compound literal of the primitive's type holds, None if it is none."""
        target = visit.arguments["object"]
        if target[:2] != ["&", "("] or target[3:5] != [")", "{"] or target[-1] != "}":
            return None
        if not target[2] == visit.fact.c_type == primitive.c_type:
            raise DifferError("the compound literal has another type", call.start, visit.start)
        start, end = visit.spans["object"]
        return start + 5, end - 1

    def check_temporary(self, call: Call, visit: Visit, declared: str) -> None:
        """A temporary's type must be the visit's and the primitive's own."""
        primitive = self.words.primitives[call.name]
        if not declared == visit.fact.c_type == primitive.c_type:
            raise DifferError("the temporary has another type", call.start, visit.start)

    def site(self, call: Call, visit: Visit, operand: list[str]) -> None:
        """A getter's call that has become this visit."""
        self._conversion(call, visit, field_key(operand))

    def _conversion(self, call: Call, visit: Visit, key: str) -> None:
        """What holds for every visit: wire type, stream and name."""
        primitive = self.words.primitives[call.name]
        if visit.fact.wire != primitive.wire:
            message = f"{primitive.wire} became {visit.fact.wire}"
            raise DifferError(message, call.start, visit.start)
        file = strip_parentheses(self.old.span(*call.arguments[0]))
        given = (visit.arguments["visitor"], visit.arguments["errp"])
        problem = self.streams.use(file, *given, primitive.direction)
        if problem:
            raise DifferError(problem, call.start, visit.start)
        self._check_name(call, visit, key)

    def _check_name(self, call: Call, visit: Visit, key: str) -> None:
        """Every visit has a name; two fields have two.

        A fixed value may share one: `put(f, s->id); ... put(f, 0)` says that there are no more.
        """
        name = visit.arguments["name"]
        if len(name) != 1 or not name[0].startswith('"') or len(name[0]) < 3:
            raise DifferError("the visit has no name", call.start, visit.start)
        if _FIXED.fullmatch(key):
            return
        known = self._names.setdefault(name[0], key)
        if known != key:
            message = f"{name[0]} names two fields: {known} and {key}"
            raise DifferError(message, call.start, visit.start)

    def check(self) -> None:
        """What holds for the function as a whole, once all of it was compared.

        Each temporary is declared, visited and used once, and mentioned nowhere else.
        """
        counts: dict[str, int] = {}
        before = ""
        for token in self.new.tokens:
            if before not in (".", "->"):
                counts[token] = counts.get(token, 0) + 1
            before = token
        for name, expected in self.uses.items():
            if counts.get(name) != expected:
                raise DifferError(f"temporary {name} is not used exactly once", 0, 0)
        self.streams.check()
