# SPDX-License-Identifier: GPL-2.0-or-later
"""The calls that put values on the wire or take them from it, and where what is read goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..c.declarations import Pointer
from ..rules.ruleset import Rules
from ..terms import Direction, Operand
from ..wire.facts import Vocabulary, WirePrimitive, WireVisit
from .expression import Constant, Expression, Operation
from .handlers_c import CTree, ExpressionKind, walk_tree
from .handlers_functions import Functions, FunctionText
from .handlers_values import (
    PENDING,
    Called,
    KnownObject,
    Meanings,
    Point,
    dereference,
    is_object,
    name_of,
    objects_in,
    path_of,
    show_local,
)
from .model import Buffer, Node, Opaque, Place, Value, Wire

WIRES: Mapping[str, Wire] = {wire.value: wire for wire in Wire}
_BITS = {"byte": 8, "be16": 16, "be32": 32, "be64": 64}
OPAQUE_WIRES = {"target_register": "a register's width, which is not the target's long"}


@dataclass(frozen=True)
class ReaderWords:
    """The rules' facts as the reader asks for them."""

    rules: Rules
    vocabularies: tuple[Vocabulary, ...]

    def primitive(self, name: str, arguments: int) -> WirePrimitive | None:
        """The primitive that a call is, None for another function or another number of arguments."""
        found = self.vocabularies[0].primitives.get(name)
        return found if found is not None and found.arguments == arguments else None

    def visit(self, name: str, arguments: Sequence[CTree]) -> tuple[WireVisit, Vocabulary] | None:
        """The visit that a call is, and the words for it of a dialect in which a string is the name."""
        best: tuple[WireVisit, Vocabulary] | None = None
        for words in self.vocabularies:
            found = words.visits.get(name)
            if found is None or len(words.roles(found)) != len(arguments):
                continue
            best = best or (found, words)
            if arguments[words.roles(found).index("name")].kind is ExpressionKind.STRING:
                return found, words
        return best

    def moves(self, name: str) -> bool:
        """Whether a name is one of a primitive or a visit."""
        words = self.vocabularies
        return name in words[0].primitives or any(name in w.visits for w in words)


@dataclass
class Got:
    """What is known of a value that was read: its object's name and what is known of that.

    Second best is the name of a local that it is kept in, then that of a function it is given to.
    """

    name: str = ""
    local: str = ""
    callee: str = ""
    known: KnownObject = field(default_factory=KnownObject)
    shift: int = 0


class Mover:
    """Reads calls of primitives and visits; `value` and `lvalue` are for the evaluator to give."""

    def __init__(
        self, words: ReaderWords, functions: Functions, meanings: Meanings, direction: Direction
    ) -> None:
        """`direction` is for visits, which don't say it."""
        self.words = words
        self.functions = functions
        self.meanings = meanings
        self.direction = direction
        self.gots: dict[str, Got] = {}
        self.reached: set[tuple[str, int]] = set()
        self.entered: list[FunctionText] = []
        self.passing: set[str] = set()

    def value(self, tree: CTree, frame: Called, state: Point, out: list[Node]) -> CTree:
        """The value of an expression."""
        raise NotImplementedError

    def lvalue(self, tree: CTree, frame: Called, state: Point, out: list[Node]) -> CTree:
        """The object that an expression names."""
        raise NotImplementedError

    def folded(self, tree: CTree, frame: Called) -> CTree:
        """A tree of constants as its number, any other as it is."""
        if tree.kind is ExpressionKind.NUMBER:
            return tree
        value = self.meanings.fold(tree, str(frame.function.source.path))
        if value is None:
            return tree
        return replace(tree, kind=ExpressionKind.NUMBER, text=str(value), parts=())

    def expression(self, tree: CTree, frame: Called, state: Point) -> Expression:
        """A value as an expression of the model."""
        return self.meanings.expression(tree, state, str(frame.function.source.path))

    def kept(self, name: str, value: CTree, frame: Called) -> CTree:
        """What a local is given: a pointer that a function returns is known by the local's name."""
        if value.kind is ExpressionKind.CALL and isinstance(frame.types.get(name), Pointer):
            return CTree(
                ExpressionKind.UNKNOWN, frame.local(name), (), value.start, value.end, frame
            )
        return value

    def give(self, target: CTree, value: CTree, state: Point) -> None:
        """Give a value to a local or to an object, which names what was read."""
        if target.kind is ExpressionKind.LOCAL:
            state.env[target.text] = (
                value if len(walk_tree(value)) < 60 else CTree(ExpressionKind.UNKNOWN, target.text)
            )
            if target.text not in self.passing:
                self._name_by_local(show_local(target.text), value)
            return
        path = path_of(target)
        if path is None:
            return
        if value.kind is ExpressionKind.STREAM:
            state.carriers |= {t.text for t in walk_tree(target) if t.kind is ExpressionKind.LOCAL}
        stale = [k for k in state.memory if k == target or (path and path_of(k) == path)]
        for key in stale:
            del state.memory[key]
        state.sent.pop(path, None)
        if is_object(target):
            state.memory[target] = (
                value if len(walk_tree(value)) < 60 else CTree(ExpressionKind.UNKNOWN, path)
            )
        for tree, shift in _split_shifted(value, 0):
            got = self.gots[tree.text]
            if not got.name:
                got.name, got.known = path, self.meanings.known(target)
            if got.name == path:
                got.shift = max(got.shift, shift)

    def share_name(self, one: CTree, other: CTree) -> None:
        """Make two values that were read have one name, that of the first if it has one."""
        first, second = self.gots[one.text], self.gots[other.text]
        kept = first if first.name or not second.name else second
        self.gots[one.text] = self.gots[other.text] = kept

    def _name_by_local(self, name: str, value: CTree) -> None:
        """What was read is called after the local that it is kept in, or that it was copied to last."""
        for tree in walk_tree(value):
            if tree.kind is ExpressionKind.GOT and (
                value is tree or not self.gots[tree.text].local
            ):
                self.gots[tree.text].local = name

    # -- what moves --------------------------------------------------------------------------------

    def primitive(
        self, primitive: WirePrimitive, tree: CTree, frame: Called, state: Point, out: list[Node]
    ) -> CTree:
        """A call of a primitive: gives what it returns."""
        arguments = tree.parts[1:]
        stream = self.value(arguments[0], frame, state, out)
        self.reached.add(site_of(frame.function, tree.start))
        if stream.kind is ExpressionKind.CONDITIONAL:
            text = frame.function.text(tree.start, tree.end)
            reason = "which of several streams it is for, is not followed"
            out.append(Opaque(text, reason, None, frame.function.place(tree.start)))
            return CTree(ExpressionKind.UNKNOWN, "", (), tree.start, tree.end, frame)
        if primitive.operand == Operand.BUFFER:
            return self._move_buffer(arguments[1], arguments[2], tree, frame, state, out)
        if primitive.operand == Operand.RESULT:
            return self._read(primitive.wire, tree, frame, out)
        operand = self.value(arguments[1], frame, state, out)
        if primitive.operand == Operand.POINTER:
            operand = self._find_pointee(operand, arguments[1], frame)
        if primitive.direction == Direction.GET:
            self.give(operand, self._read(primitive.wire, tree, frame, out, operand), state)
            return tree
        if primitive.operand == Operand.POINTER:
            operand = self._content_of(operand, state)
        self._write(primitive.wire, operand, tree, frame, state, out)
        return tree

    def _find_pointee(self, pointer: CTree, written: CTree, frame: Called) -> CTree:
        """The object that an argument points to, standing where the source names it."""
        inner = dereference(pointer)
        if isinstance(inner.source, Called) and inner.source.function.code.at(inner.start) == "*":
            return inner
        if inner.kind is ExpressionKind.ROOT or (
            inner.kind is ExpressionKind.UNARY and inner.source is None
        ):
            return replace(inner, start=written.start, end=written.end, source=frame)
        return inner

    def _content_of(self, target: CTree, state: Point) -> CTree:
        """What is in an object."""
        if target.kind is ExpressionKind.LOCAL:
            return state.env.get(target.text, target)
        return state.memory.get(target, target)

    def visit(
        self, visit: WireVisit, words: Vocabulary, tree: CTree, frame: Called, state: Point,
        out: list[Node],
    ) -> CTree:  # fmt: skip
        """A call of a visit, which has the direction of the handler."""
        roles = dict(zip(words.roles(visit), tree.parts[1:], strict=True))
        self.reached.add(site_of(frame.function, tree.start))
        if "size" in roles:
            return self._move_buffer(roles["object"], roles["size"], tree, frame, state, out)
        pointer = self.value(roles["object"], frame, state, out)
        operand = self._find_pointee(pointer, roles["object"], frame)
        if self.direction == Direction.GET:
            self.give(operand, self._read(visit.wire, tree, frame, out, operand), state)
        else:
            self._write(visit.wire, self._content_of(operand, state), tree, frame, state, out)
        return tree

    def _read(
        self, wire: str, tree: CTree, frame: Called, out: list[Node], target: CTree | None = None
    ) -> CTree:
        key = f"{frame.key}/{site_of(frame.function, tree.start)[1]}"
        self.gots.setdefault(key, Got())
        place = frame.function.place(tree.start)
        out.append(self._make_value(wire, PENDING + key, None, KnownObject(), place))
        return CTree(ExpressionKind.GOT, key, (), tree.start, tree.end, frame)

    def _make_value(
        self, wire: str, name: str, constant: int | None, known: KnownObject, place: Place
    ) -> Node:
        if wire in OPAQUE_WIRES:
            return Opaque(name, OPAQUE_WIRES[wire], None, place)
        fixed = None if constant is None else Constant(constant)
        return Value(
            name, WIRES[wire], known.type, known.signed, fixed, known.enumerators, place,
            known.declared,
        )  # fmt: skip

    def _write(
        self, wire: str, operand: CTree, tree: CTree, frame: Called, state: Point, out: list[Node]
    ) -> None:
        place = frame.function.place(tree.start)
        constant = self.meanings.fold(operand, str(frame.function.source.path))
        if constant is not None:
            out.append(self._make_value(wire, "", _cut(constant, wire), KnownObject(), place))
            return
        name = name_of(operand)
        plain = operand
        while plain.kind is ExpressionKind.CAST:
            plain = plain.parts[0]
        if is_object(plain):
            state.sent[name] = plain
        else:
            state.sent.pop(name, None)
        found = objects_in(plain)
        computed = len(found) == 1 and not any(
            t.kind is ExpressionKind.CALL for t in walk_tree(plain)
        )
        known = self.meanings.known(found[0] if computed and is_object(found[0]) else plain)
        moved = self._make_value(wire, name, None, known, place)
        out.append(replace(moved, shift=_part_of(operand)) if isinstance(moved, Value) else moved)

    def _move_buffer(
        self, pointer: CTree, size: CTree, tree: CTree, frame: Called, state: Point, out: list[Node]
    ) -> CTree:
        target = self.lvalue(pointer, frame, state, out)
        count = self.folded(self.value(size, frame, state, out), frame)
        place = frame.function.place(tree.start)
        name = path_of(pointed_object(target)) or name_of(target)
        out.append(Buffer(name, self.expression(count, frame, state), False, place))
        return CTree(ExpressionKind.UNKNOWN, "", (), tree.start, tree.end, frame)


def pointed_object(tree: CTree) -> CTree:
    """An address as its object, anything else as it is."""
    return tree.parts[0] if tree.kind is ExpressionKind.UNARY and tree.text == "&" else tree


def _cut(constant: int, wire: str) -> int:
    """What of a constant goes on a wire that is too narrow for it: its low bits."""
    bits = _BITS.get(wire)
    if bits is None or -(1 << (bits - 1)) <= constant < 1 << bits:
        return constant
    return constant & ((1 << bits) - 1)


def _split_shifted(tree: CTree, shift: int) -> list[tuple[CTree, int]]:
    """The values that were read in a tree, with how far each is shifted to the left."""
    if tree.kind is ExpressionKind.GOT:
        return [(tree, shift)]
    if (
        tree.kind is ExpressionKind.BINARY
        and tree.text == "<<"
        and tree.parts[1].kind is ExpressionKind.NUMBER
    ):
        return _split_shifted(tree.parts[0], shift + int(tree.parts[1].text))
    return [found for part in tree.parts for found in _split_shifted(part, shift)]


def _part_of(tree: CTree) -> int:
    """How far an object is shifted to the right before its low bits are sent."""
    if tree.kind is ExpressionKind.CAST or (
        tree.kind is ExpressionKind.BINARY and tree.text == "&"
    ):
        return _part_of(tree.parts[0])
    if (
        tree.kind is ExpressionKind.BINARY
        and tree.text == ">>"
        and tree.parts[1].kind is ExpressionKind.NUMBER
    ):
        return int(tree.parts[1].text) + _part_of(tree.parts[0])
    return 0


def site_of(function: FunctionText, token: int) -> tuple[str, int]:
    """What tells one call from all others: its file and offset."""
    return str(function.source.path), function.function.start + function.offsets[token]


def negate_condition(expression: Expression) -> Expression:
    """The opposite condition, without a double negation."""
    opposites = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
    if isinstance(expression, Operation):
        if expression.operator == "!":
            return expression.operands[0]
        if expression.operator in opposites:
            return Operation(opposites[expression.operator], expression.operands)
    return Operation("!", (expression,))
