# SPDX-License-Identifier: GPL-2.0-or-later
"""Random schemas, and streams of random states of them, with what must be read of each."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from rewrite.schema.expression import Constant, Earlier, Expression, Fact, Operation, Version
from rewrite.schema.model import (
    Branch,
    Buffer,
    Call,
    Description,
    Field,
    Loop,
    Node,
    Place,
    Schema,
    Section,
    Value,
    Wire,
)

HERE = Place("hw/made.c", 1)
WIRES = (Wire.BYTE, Wire.BE16, Wire.BE32, Wire.BE64)


def value(name: str, wire: Wire = Wire.BE32, **more: object) -> Value:
    return Value(name, wire, **more)  # type: ignore[arg-type]


def section(idstr: str, nodes: Sequence[Node], version: int = 1) -> Section:
    return Section(idstr, HERE, version, load=tuple(nodes))


def table(name: str, fields: Sequence[Field], version: int = 1, **more: object) -> Description:
    symbol = f"vmstate_{name.replace('/', '_')}"
    return Description(name, symbol, HERE, version, 0, tuple(fields), **more)  # type: ignore[arg-type]


def schema(sections: Sequence[Section], tables: Sequence[Description] = ()) -> Schema:
    return Schema("made", tuple(sections), tuple(tables))


# -- streams -------------------------------------------------------------------------------------


def counted(text: str) -> bytes:
    return bytes([len(text)]) + text.encode()


def be(number: int, size: int) -> bytes:
    return (number & ((1 << 8 * size) - 1)).to_bytes(size, "big")


def full(
    number: int, idstr: str, contents: bytes, version: int = 1, footer: bool = True, mark: int = 4
) -> bytes:
    head = bytes([mark]) + be(number, 4) + counted(idstr) + be(0, 4) + be(version, 4)
    return head + contents + (b"\x7e" + be(number, 4) if footer else b"")


def stream(*parts: bytes) -> bytes:
    return b"QEVM" + be(3, 4) + b"".join(parts) + b"\0"


def subsection(name: str, contents: bytes, version: int = 1) -> bytes:
    return b"\x05" + counted(name) + be(version, 4) + contents


# -- random ones ---------------------------------------------------------------------------------


@dataclass
class Made:
    """A schema of one section, bytes of one state of it, and every number in them in its order."""

    schema: Schema
    contents: bytes
    version: int
    numbers: list[tuple[int, int]]
    """The offset of each in the contents, and its value."""

    facts: dict[str, int]


@dataclass
class _Maker:
    choice: random.Random
    tables: list[Description] = field(default_factory=list)
    names: int = 0

    def name(self) -> str:
        self.names += 1
        return f"n{self.names}"

    def nodes(self, depth: int, known: list[Value]) -> tuple[Node, ...]:
        """Some nodes; `known` are the values that came before, for conditions and bounds."""
        count = self.choice.randint(1, 4)
        return tuple(self.node(depth, known) for _ in range(count))

    def node(self, depth: int, known: list[Value]) -> Node:
        make = self.choice.choice(
            [self.number] * 4
            + [self.buffer, self.loop, self.counted, self.branch, self.until, self.call]
            * (depth > 0)
        )
        return make(depth, known)

    def number(self, _depth: int, known: list[Value]) -> Node:
        wire = self.choice.choice(WIRES)
        type_ = self.choice.choice(("", "bool")) if wire is Wire.BYTE else ""
        constant = Constant(self.choice.randint(0, 200)) if self.choice.random() < 0.1 else None
        enumerators = (("ONE", 1), ("TWO", 2)) if self.choice.random() < 0.2 else ()
        made = Value(
            self.name(), wire, type_, self.choice.random() < 0.5, constant, enumerators, HERE
        )
        known.append(made)
        return made

    def bound(self, known: list[Value]) -> Expression:
        small = [v for v in known if v.wire is Wire.BYTE and not v.signed and v.constant is None]
        if small and self.choice.random() < 0.5:
            return Operation("&", (Earlier(self.choice.choice(small).name), Constant(3)))
        return self.choice.choice((Constant(self.choice.randint(0, 4)), Fact(self.name())))

    def buffer(self, _depth: int, known: list[Value]) -> Node:
        return Buffer(self.name(), self.bound(known), self.choice.random() < 0.2)

    def loop(self, depth: int, known: list[Value]) -> Node:
        name = self.name()
        body = self.nodes(depth - 1, list(known))
        return Loop(name, body, self.bound(known))

    def counted(self, _depth: int, known: list[Value]) -> Node:
        name = self.name()
        wire = self.choice.choice(WIRES)
        return Loop(name, (Value(f"{name}[]", wire),), self.bound(known))

    def until(self, depth: int, known: list[Value]) -> Node:
        head = Value(self.name(), Wire.BYTE)
        body = self.nodes(depth - 1, list(known))
        return Loop(self.name(), body, condition=Earlier(head.name), head=(head,))

    def branch(self, depth: int, known: list[Value]) -> Node:
        condition: Expression = Fact(self.name())
        kind = self.choice.random()
        if kind < 0.3:
            condition = Operation(">=", (Version(), Constant(self.choice.randint(1, 4))))
        elif kind < 0.7 and known:
            one = Earlier(self.choice.choice(known).name)
            condition = Operation("!=", (Operation("&", (one, Constant(1))), Constant(0)))
        then = self.nodes(depth - 1, list(known))
        otherwise = self.nodes(depth - 1, list(known)) if self.choice.random() < 0.4 else ()
        return Branch(condition, then, otherwise)

    def call(self, depth: int, _known: list[Value]) -> Node:
        made = self.table(depth - 1)
        return Call(made.symbol, self.name(), Constant(self.choice.randint(1, 3)))

    def table(self, depth: int, above: str = "") -> Description:
        name = f"{above}/{self.name()}" if above else self.name()
        fields = []
        known: list[Value] = []
        for _ in range(self.choice.randint(1, 3)):
            one = self.name()
            exists = self.name() if self.choice.random() < 0.2 else ""
            contents = (self.node(min(depth, 1), known),)
            count = self.choice.choice((Constant(1), Constant(1), Constant(3), self.bound(known)))
            fields.append(Field(one, contents, count, self.choice.randint(0, 3), exists))
        parts = tuple(
            self.table(depth - 1, name).symbol
            for _ in range(self.choice.randint(0, 2) if depth > 0 else 0)
        )
        made = Description(name, f"vmstate_{self.name()}", HERE, 3, 0, tuple(fields), parts)
        self.tables.append(made)
        return made


@dataclass
class _Writer:
    """Sends a random state by a schema, as an emulator would; it shares nothing with the package."""

    choice: random.Random
    tables: dict[str, Description]
    out: bytearray = field(default_factory=bytearray)
    numbers: list[tuple[int, int]] = field(default_factory=list)
    facts: dict[str, int] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)

    def where(self) -> str:
        return ".".join(p for p in self.path if p).replace(".[", "[")

    def known(self, of: Expression, frame: tuple[str, int, dict[str, int]], most: int) -> int:
        path, version, values = frame
        match of:
            case Constant(number):
                return number
            case Version():
                return version
            case Earlier(name) if name in values:
                return values[name]
            case Fact(name) | Earlier(name):
                key = f"{path}.{name}" if path else name
                return self.facts.setdefault(key, self.choice.randint(0, most))
            case Operation(operator, (one, other)):
                left, right = self.known(one, frame, most), self.known(other, frame, most)
                return {"&": left & right, "!=": left != right, ">=": left >= right}[operator]
        raise AssertionError(of)

    def nodes(self, nodes: Sequence[Node], frame: tuple[str, int, dict[str, int]]) -> None:
        for node in nodes:
            self.node(node, frame)

    def node(self, node: Node, frame: tuple[str, int, dict[str, int]]) -> None:
        match node:
            case Value():
                self.value(node, frame)
            case Buffer(size=size):
                self.out += self.choice.randbytes(self.known(size, frame, 4))
            case Loop(count=count, body=body, name=name, condition=None):
                assert count is not None
                self.rows(name, body, self.known(count, frame, 4), frame)
            case Loop(body=body, name=name, condition=condition, head=head):
                assert condition is not None
                self.until(name, head, condition, body, frame)
            case Branch(condition, then, otherwise):
                self.nodes(then if self.known(condition, frame, 1) else otherwise, frame)
            case Call(symbol, name, version):
                assert isinstance(version, Constant)
                self.path.append(name)
                self.table(self.tables[symbol], version.value)
                self.path.pop()
            case _:
                raise AssertionError(node)

    def value(self, node: Value, frame: tuple[str, int, dict[str, int]]) -> None:
        size = node.wire.size or 0
        number = self.choice.choice((0, 1, 2, 5, self.choice.getrandbits(8 * size)))
        if node.constant is not None:
            number = self.known(node.constant, frame, 0)
        number &= (1 << 8 * size) - 1
        piece = be(number, size)
        number = int.from_bytes(piece, "big", signed=node.signed)
        self.numbers.append((len(self.out), number))
        frame[2][node.name] = number
        self.out += piece

    def rows(
        self, name: str, body: Sequence[Node], count: int, frame: tuple[str, int, dict[str, int]]
    ) -> None:
        self.path.append(name)
        for index in range(count):
            self.path.append(f"[{index}]")
            self.nodes(body, frame)
            self.path.pop()
        self.path.pop()

    def until(
        self,
        name: str,
        head: Sequence[Node],
        condition: Expression,
        body: Sequence[Node],
        frame: tuple[str, int, dict[str, int]],
    ) -> None:
        self.path.append(name)
        left = self.choice.randint(0, 3)
        for index in range(left + 1):
            self.path.append(f"[{index}]")
            one = head[0]
            assert isinstance(one, Value)
            number = self.choice.randint(1, 255) if index < left else 0
            self.numbers.append((len(self.out), number))
            frame[2][one.name] = number
            self.out += bytes([number])
            if index < left:
                self.nodes(body, frame)
            self.path.pop()
        self.path.pop()

    def table(self, made: Description, version: int) -> None:
        frame: tuple[str, int, dict[str, int]] = (self.where(), version, {})
        for one in made.fields:
            there = one.version_id <= version
            if one.exists:
                there = bool(self.known(Fact(one.exists), frame, 1))
            if there and one.count != Constant(1):
                self.rows(one.name, one.contents, self.known(one.count, frame, 4), frame)
            elif there:
                self.path.append(one.name)
                self.nodes(one.contents, frame)
                self.path.pop()
        for symbol in made.subsections:
            if self.choice.random() < 0.5:
                part = self.tables[symbol]
                self.out += b"\x05" + counted(part.name) + be(2, 4)
                self.path.append("")  # of the same object
                self.table(part, 2)
                self.path.pop()


def made(seed: int) -> Made:
    """A random schema with a random state."""
    choice = random.Random(seed)
    maker = _Maker(choice)
    version = choice.randint(1, 3)
    if choice.random() < 0.5:
        top = maker.table(2)
        one = Section("made", HERE, 3, top.symbol)
    else:
        one = Section("made", HERE, 3, load=maker.nodes(3, []))
    tables = {t.symbol: t for t in maker.tables}
    writer = _Writer(choice, tables)
    if one.description:
        writer.path.append("")
        writer.table(tables[one.description], version)
    else:
        writer.nodes(one.load, ("", version, {}))
    whole = Schema("made", (one,), tuple(maker.tables))
    return Made(whole, bytes(writer.out), version, writer.numbers, writer.facts)
