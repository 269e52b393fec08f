# SPDX-License-Identifier: GPL-2.0-or-later
"""What an expression does to the wire: its tokens, with each primitive and each visit as one event.

    qemu_put_be32(f, s->a + 1)                                  PUT be32 (s->a + 1)
    visit_type_uint32(v, "a", &(uint32_t){ s->a + 1 }, errp)    the same
    qemu_get_be16s(f, &s->a)                                    LOAD be16 (s->a)
    qemu_get_byte(f) & 3                                        GET byte & 3
    qemu_put_buffer(f, s->mem, 4)                               BUF put (s->mem, 4)

A visit reads or writes as its stream does, which its own text does not tell: see `Reading.ways`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import NamedTuple

from ..terms import Direction, Operand
from .facts import BUFFER, Vocabulary, WirePrimitive, WireVisit
from .macros import File
from .sites import (
    assigned_lvalue,
    enclosing_pairs,
    is_cast_operand,
    is_operand,
    is_unary,
    keeps_value,
    shows_type,
    strip_parentheses,
    without_cast_below,
)
from .streams import Streams, WireStream
from .text import CLOSERS, Code, TokenCall, is_identifier

SMALL = frozenset(("uint8_t", "uint16_t", "int8_t", "int16_t"))  # promoted to int
_POINTER_CASTS = (["(", "void", "*", ")"], ["(", "uint8_t", "*", ")"])
_VOID = ["(", "void", ")"]
_PROMOTED = (["(", "int", ")"], ["(", "unsigned", "int", ")"])
_RETURNED = (*_PROMOTED, ["(", "uint64_t", ")"], ["(", "int64_t", ")"])


class EventKind(Enum):
    """What an event is: of a value written, read into an lvalue, read in an expression, of bytes."""

    PUT = "PUT"
    LOAD = "LOAD"
    GET = "GET"
    BUFFER = "BUF"
    VISIT = "VISIT"  # of a stream that nothing tells the direction of


@dataclass(frozen=True)
class Event:
    """One primitive or visit; its operand stands behind it in parentheses, but for a GET.

    `type` is what the value is converted to on its way; empty where it is the lvalue's own, as of
    a visit of the lvalue itself, which may be any type that the text does not tell. `arrives` is
    the type that a small value read has in its expression, where that shows. `cast` says that a
    PUT's operand is converted to that type by its text, `split` that a LOAD was an initialiser.

    `call` is what is written beside the operand, `name` a visit's name (empty for a primitive), and
    `operand` the tokens of what travels, by which fields are told from each other.
    """

    kind: EventKind
    wire: str
    stream: str
    type: str = ""
    arrives: str = ""
    cast: bool = False
    split: bool = False
    call: tuple[str, ...] = ()
    name: str | None = None
    operand: tuple[str, ...] = ()
    pointer: bool = False  # the operand is a pointer to what travels

    def __str__(self) -> str:
        return f"{self.kind.value} {self.wire}"


@dataclass(frozen=True)
class Zero:
    """What a variable starts with whose initialiser became a LOAD behind the declarations.

    Nothing, or 0 where the LOAD is a visit of the variable itself.
    """

    name: str


@dataclass(frozen=True)
class Trouble:
    """A temporary whose use its visit can't stand for, and why; equal to nothing."""

    message: str
    hidden: bool = False


class NormalItem(NamedTuple):
    """A token or an event of a normal form, and the token of the text that it comes from."""

    what: str | Event | Zero | Trouble
    at: int


Items = list[NormalItem]


def shape_of(items: Sequence[NormalItem]) -> list[str]:
    """Items as tokens, an event as a name."""
    return [item.what if isinstance(item.what, str) else "event" for item in items]


@dataclass(frozen=True)
class VisitCall:
    """A visit as the text calls it; `spans` of its arguments by their roles, "size" for a buffer."""

    fact: WireVisit
    spans: Mapping[str, tuple[int, int]]
    call: TokenCall


@dataclass(frozen=True)
class Use:
    """A temporary that is to be replaced by what was read into it."""

    name: str
    event: Event


@dataclass
class ExpressionReading:
    """All that the expressions of one function are read with.

    `ways` gives the direction of streams, `added` says of a name whether it may be a temporary's,
    `counts` how often the text has a name; `inner` reads the block of a statement expression.
    """

    code: Code
    words: Vocabulary
    file: File
    streams: Streams
    ways: Mapping[str, Direction]
    added: Callable[[str], bool]
    counts: Mapping[str, int]
    inner: Callable[[int], Items] = field(init=False)

    @cached_property
    def special(self) -> frozenset[str]:
        """The tokens at which more than a token may start."""
        return frozenset(("(", *self.words.primitives, *self.words.visits))

    # Calls.

    def primitive_at(self, at: int) -> TokenCall | None:
        """The primitive's call that starts at a token."""
        primitive = self.words.primitives.get(self.code.at(at))
        call = self.code.call(at) if primitive is not None else None
        if primitive is None or call is None or len(call.arguments) != primitive.arguments:
            return None
        return call if self.code.at(at - 1) not in (".", "->") else None

    def visit_at(self, at: int) -> VisitCall | None:
        """The visit that starts at a token, whoever its visitor is."""
        fact = self.words.visits.get(self.code.at(at))
        call = self.code.call(at) if fact is not None else None
        if fact is None or call is None:
            return None
        roles = self.words.roles(fact)
        if len(call.arguments) != len(roles):
            return None
        return VisitCall(fact, dict(zip(roles, call.arguments, strict=True)), call)

    def argument(self, visit: VisitCall, role: str) -> list[str]:
        """The tokens of one of a visit's arguments."""
        return self.code.span(*visit.spans[role])

    def stream_of(self, visit: VisitCall) -> WireStream | None:
        """The stream that a visit goes to, None if its visitor and its error are not one's own."""
        given = self.argument(visit, "visitor"), self.argument(visit, "errp")
        return self.streams.used_by(*given)

    # Expressions.

    def expression(
        self, start: int, end: int, statement: int | None = None, use: Use | None = None
    ) -> Items:
        """The items of tokens `start` to `end`.

        `statement` is the token that the statement starts with, where that is not the start, and
        `use` a temporary to be replaced.
        """
        first = start if statement is None else statement
        items: Items = []
        tokens, name = self.code.tokens, use.name if use is not None else ""
        at = start
        while at < end:
            token = tokens[at]
            if token in self.special or token == name:
                after = self._read_one(at, first, end, use, items)
                if after > at:
                    at = after
                    continue
            items.append(NormalItem(token, at))
            at += 1
        return items

    def _read_one(self, at: int, first: int, end: int, use: Use | None, items: Items) -> int:
        """Add what stands at a token, if it is more than that token. Where it ends, else `at`."""
        code, token = self.code, self.code.tokens[at]
        if token == "(" and code.at(at + 1) == "{" and code.partner[at] < end:
            return self._in_place(at, first, items) or self._read_statements(at, items)
        if use is not None and token == use.name and code.at(at - 1) not in (".", "->"):
            self._add_arrival(use.event, use.event.type, (at, at + 1), first, items)
            return at + 1
        call = self.primitive_at(at)
        if call is not None and call.end <= end:
            self._read_primitive(call, first, end, items)
            return call.end
        visit = self.visit_at(at)
        stream = self.stream_of(visit) if visit is not None else None
        if visit is None or stream is None or visit.call.end > end:
            return at
        self._visit(visit, stream, items)
        return visit.call.end

    def _read_statements(self, at: int, items: Items) -> int:
        """`({ ... })`: what its statements do."""
        close = self.code.partner[at]
        items.append(NormalItem("(", at))
        items += self.inner(at + 1)
        items.append(NormalItem(")", close))
        return close + 1

    def _in_place(self, at: int, first: int, items: Items) -> int:
        """`({ T t = 0; visit(&t); (R)t; })`, which is the getter of a T. Where it ends, 0 if none."""
        code = self.code
        type_, name = code.at(at + 2), code.at(at + 3)
        visit = self.visit_at(at + 7) if code.span(at + 4, at + 7) == ["=", "0", ";"] else None
        stream = self.stream_of(visit) if visit is not None else None
        if visit is None or stream is None or not self.added(name):
            return 0
        close = code.partner[at]
        value = code.span(visit.call.end, close + 1)
        cast = next((c for c in _RETURNED if value[1 : 1 + len(c)] == c), [])
        if value != [";", *cast, name, ";", "}", ")"] or self.counts[name] != 3:
            return 0
        if self.argument(visit, "object") != ["&", name] or visit.fact.c_type != type_:
            return 0
        event = self.visited(EventKind.GET, visit, stream, type_)
        self._add_arrival(event, " ".join(cast[1:-1]) or type_, (at, close + 1), first, items)
        return close + 1

    def _add_arrival(
        self, event: Event, arrives: str, span: tuple[int, int], first: int, items: Items
    ) -> None:
        """Add a value that is read, in the type that the expression around `span` has it in."""
        start, end = span
        if event.type in SMALL:
            while cast := next((c for c in _PROMOTED if shape_of(items[-len(c) :]) == c), []):
                arrives, start = " ".join(cast[1:-1]), items[-len(cast)].at
                del items[-len(cast) :]
            if not shows_type(self.code, (start, end), first, self.file.macros.sees_type):
                kept = keeps_value(self.code, start, end)
                arrives = "" if kept else "int" if arrives in SMALL else arrives
        else:
            arrives = ""
        items.append(NormalItem(_copy_event(event, arrives=arrives), start))

    # Primitives.

    def _read_primitive(self, call: TokenCall, first: int, end: int, items: Items) -> None:
        primitive = self.words.primitives[call.name]
        code = self.code
        stream = " ".join(strip_parentheses(code.span(*call.arguments[0])))
        written = (call.name, *code.span(*call.arguments[0]))
        kind = {Direction.PUT: EventKind.PUT, Direction.GET: EventKind.LOAD}[primitive.direction]
        event = Event(kind, primitive.wire, stream, primitive.c_type, call=written)
        if primitive.operand == Operand.RESULT:
            operand = tuple(self._find_destination(call, first, end))
            event = _copy_event(event, kind=EventKind.GET, operand=operand)
            self._add_arrival(event, primitive.returns, (call.start, call.end), first, items)
            return
        operand = tuple(code.span(*call.arguments[1]))
        event = _copy_event(event, operand=operand, pointer=primitive.operand != Operand.VALUE)
        if primitive.operand == BUFFER:
            event = _copy_event(event, kind=EventKind.BUFFER, wire=primitive.direction)
            self._read_bytes(event, call.start, call.arguments[1], call.arguments[2], items)
            return
        self._read_operand(event, primitive, call, items)

    def _read_operand(
        self, event: Event, primitive: WirePrimitive, call: TokenCall, items: Items
    ) -> None:
        start, end = call.arguments[1]
        held = self._find_literal(start, end) if primitive.direction == Direction.PUT else None
        if primitive.operand == Operand.VALUE:
            self._read_value(event, call.start, (start, end), primitive.c_type, items)
        elif held is not None and self.code.tokens[start + 2] == primitive.c_type:
            self._read_value(event, call.start, held, primitive.c_type, items)
        else:
            event = event if primitive.direction == Direction.PUT else _copy_event(event, type="")
            self._add(event, call.start, pointee_of(self.expression(start, end)), items)

    def _read_value(
        self, event: Event, at: int, span: tuple[int, int], type_: str, items: Items
    ) -> None:
        """Add the event of a value that is converted to a type."""
        value, cast = without_cast(self.expression(*span), type_)
        self._add(_copy_event(event, cast=cast), at, value, items)

    def _find_literal(self, start: int, end: int) -> tuple[int, int] | None:
        """The span of what `&(T){ ... }` holds, None where an operand is none."""
        tokens, brace = self.code.span(start, end), start + 4
        if tokens[:2] != ["&", "("] or tokens[3:5] != [")", "{"]:
            return None
        return (brace + 1, end - 1) if self.code.partner[brace] == end - 1 else None

    def _find_destination(self, call: TokenCall, first: int, end: int) -> list[str]:
        """What a getter's result goes to: the lvalue or variable, else all that uses it."""
        lvalue = without_cast_below(assigned_lvalue(self.code, call.start, first))
        if lvalue[:2] == ["*", "&"]:
            lvalue = lvalue[2:]
        if lvalue and not is_unary(lvalue) and is_identifier(lvalue[-1]):
            return lvalue[-1:]
        return lvalue or self.code.span(first, end)

    def _add(self, event: Event, at: int, operand: Items, items: Items) -> None:
        """Add an event and its operand; a cast to void before it says no more."""
        if shape_of(items[-3:]) == _VOID:
            del items[-3:]
        items += [NormalItem(event, at), NormalItem("(", at), *operand, NormalItem(")", at)]

    def _read_bytes(
        self, event: Event, at: int, pointer: tuple[int, int], size: tuple[int, int], items: Items
    ) -> None:
        buffer = without_pointer_casts(self.expression(*pointer))
        self._add(event, at, [*buffer, NormalItem(",", at), *self.expression(*size)], items)

    # Visits.

    def visited(self, kind: EventKind, visit: VisitCall, stream: WireStream, type_: str) -> Event:
        """The event of a visit."""
        name = self.argument(visit, "name")
        named = len(name) == 1 and name[0].startswith('"') and len(name[0]) > 2
        written = [visit.call.name, *self.argument(visit, "visitor"), *name]
        return Event(
            kind,
            visit.fact.wire,
            " ".join(stream.file),
            type_,
            call=(*written, *self.argument(visit, "errp")),
            name=name[0] if named else "",
        )

    def _visit(self, visit: VisitCall, stream: WireStream, items: Items) -> None:
        way = self.ways.get(" ".join(stream.file))
        at, (start, end) = visit.call.start, visit.spans["object"]
        if visit.fact.wire == BUFFER:
            event = _copy_event(
                self.visited(EventKind.BUFFER, visit, stream, ""), wire=way or "either way"
            )
            self._read_bytes(event, at, (start, end), visit.spans["size"], items)
            return
        held = self._find_literal(start, end)
        if held is not None and way != Direction.GET:
            literal = self.code.tokens[start + 2]
            type_ = literal if literal == visit.fact.c_type else f"{literal} in a visit"
            self._read_value(
                self.visited(EventKind.PUT, visit, stream, type_), at, held, literal, items
            )
            return
        kind = {Direction.PUT: EventKind.PUT, Direction.GET: EventKind.LOAD, None: EventKind.VISIT}[
            way
        ]
        lvalue = pointee_of(self.expression(start, end))
        self._add(self.visited(kind, visit, stream, ""), at, lvalue, items)


def _copy_event(event: Event, **changes: object) -> Event:
    return Event(**(event.__dict__ | changes))


# Operands.


def strip_brackets(items: Items) -> Items:
    """Items without the parentheses that enclose all of them, but for those of a comma operator."""
    tokens = shape_of(items)
    pairs = enclosing_pairs(tokens)
    end = len(items) - pairs
    return items[pairs:end] if pairs and not _has_comma(tokens[pairs:end]) else items


def _has_comma(tokens: list[str]) -> bool:
    depth = 0
    for token in tokens:
        depth += (token in CLOSERS) - (token in (")", "]", "}"))
        if token == "," and not depth:
            return True
    return False


def plain_place(items: Items) -> Items:
    """An lvalue in one spelling: no parentheses around it, and `*&x` as `x`."""
    items = strip_brackets(items)
    while shape_of(items[:2]) == ["*", "&"] and is_unary(shape_of(items[2:])):
        items = strip_brackets(items[2:])
    inner = shape_of(strip_brackets(items[1:]))
    if shape_of(items[:1]) == ["*"] and (is_unary(inner) or is_cast_operand(inner)):
        return [items[0], *strip_brackets(items[1:])]
    return items


def pointee_of(items: Items) -> Items:
    """What a pointer points to: `x` for `&x`, `*p` for `p`, `*(p + 1)` for `p + 1`."""
    items = strip_brackets(items)
    if not items:
        return items
    at = items[0].at
    inner = strip_brackets(items[1:])
    if shape_of(items[:1]) == ["&"] and is_unary(shape_of(inner)):
        return plain_place(inner)
    tokens = shape_of(items)
    if is_unary(tokens) or is_cast_operand(tokens):
        return plain_place([NormalItem("*", at), *items])
    return [NormalItem("*", at), NormalItem("(", at), *items, NormalItem(")", at)]


def without_cast(items: Items, type_: str) -> tuple[Items, bool]:
    """A value without a cast to the type that it is converted to next, and whether there was one."""
    items, cast = plain_place(items), False
    while shape_of(items[:3]) == ["(", type_, ")"] and is_operand(shape_of(items[3:])):
        items, cast = plain_place(items[3:]), True
    return items, cast


def without_pointer_casts(items: Items) -> Items:
    """A pointer to bytes without the casts before it, to `void *` and `uint8_t *`."""
    items = strip_brackets(items)
    while shape_of(items[:4]) in _POINTER_CASTS:
        rest = shape_of(items[4:])
        operand = rest[1:] if rest[:1] == ["&"] else rest
        if not (is_unary(operand) or is_cast_operand(rest)):
            break
        items = strip_brackets(items[4:])
    return items
