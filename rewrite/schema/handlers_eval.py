# SPDX-License-Identifier: GPL-2.0-or-later
"""Expressions of handlers, read in the order in which C evaluates them: what moves, and what is left.

A value that is read is a GOT tree until it is known where it goes; its name is put in at the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..c.declarations import Pointer
from ..rules.ruleset import Rules, TableCall
from ..wire.facts import Vocabulary, WirePrimitive, WireVisit
from ..wire.text import Function, tokenize
from .expression import Constant, Expression, Operation
from .handlers_c import Kind, Tree, parse_expression, walk
from .handlers_functions import Functions, FunctionText
from .handlers_values import (
    PENDING,
    Frame,
    Known,
    Meanings,
    State,
    dereferenced,
    is_object,
    looks_like_cast,
    name_of,
    path_of,
    shown,
    spelled,
)
from .model import Branch, Buffer, Call, Node, Opaque, Place, Value, Wire

WIRES: Mapping[str, Wire] = {wire.value: wire for wire in Wire}
OPAQUE_WIRES = {"target_register": "a register's width, which is not the target's long"}
_MAX_CALLS = 24


@dataclass(frozen=True)
class Words:
    """The rules' facts as the reader asks for them."""

    rules: Rules
    vocabularies: tuple[Vocabulary, ...]

    def primitive(self, name: str, arguments: int) -> WirePrimitive | None:
        """The primitive that a call is, None for another function or another number of arguments."""
        found = self.vocabularies[0].primitives.get(name)
        return found if found is not None and found.arguments == arguments else None

    def visit(self, name: str, arguments: int) -> tuple[WireVisit, Vocabulary] | None:
        """The visit that a call is, and the dialect's words for it."""
        for words in self.vocabularies:
            found = words.visits.get(name)
            if found is not None and len(words.roles(found)) == arguments:
                return found, words
        return None

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
    known: Known = field(default_factory=Known)


class Evaluator:
    """Evaluates expressions; `inline` and `run_block` are for the walker of statements to give."""

    def __init__(
        self, words: Words, functions: Functions, meanings: Meanings, direction: str
    ) -> None:
        """`direction` is "put" or "get", for visits, which don't say it."""
        self.words = words
        self.functions = functions
        self.meanings = meanings
        self.direction = direction
        self.gots: dict[str, Got] = {}
        self.reached: set[tuple[str, int]] = set()
        self.entered: list[FunctionText] = []

    def inline(
        self, function: FunctionText, frame: Frame, call: Tree, values: Sequence[Tree],
        state: State, out: list[Node],
    ) -> Tree:  # fmt: skip
        """Put the nodes of a called function in place of the call; gives what it returns."""
        raise NotImplementedError

    def run_block(self, frame: Frame, state: State, out: list[Node]) -> Tree:
        """Run the statements of a frame's body in place; gives the value of the last."""
        raise NotImplementedError

    # -- expressions -------------------------------------------------------------------------------

    def value(self, tree: Tree, frame: Frame, state: State, out: list[Node]) -> Tree:
        """The value of an expression: objects that were assigned to are what they were given."""
        result = self.lvalue(tree, frame, state, out)
        return state.memory.get(result, result) if is_object(result) else result

    def lvalue(self, tree: Tree, frame: Frame, state: State, out: list[Node]) -> Tree:
        """An expression with values put in for names, as an object where it is one."""
        match tree.kind:
            case Kind.NAME:
                return state.env.get(frame.local(tree.text), tree)
            case Kind.MEMBER:
                inner = self.lvalue(tree.parts[0], frame, state, out)
                if inner.kind is Kind.UNARY and inner.text in ("&", "*"):
                    inner = inner.parts[0]
                return replace(tree, parts=(inner,))
            case Kind.INDEX:
                inner = self.lvalue(tree.parts[0], frame, state, out)
                at = self.folded(self.value(tree.parts[1], frame, state, out), frame)
                if inner.kind is Kind.UNARY and inner.text == "&":
                    inner = inner.parts[0]
                    if inner.kind is not Kind.INDEX and at == _ZERO:
                        return inner
                    if inner.kind is Kind.INDEX and inner.parts[1] == _ZERO:
                        inner = inner.parts[0]
                return replace(tree, parts=(inner, at))
            case Kind.UNARY:
                return self._unary(tree, frame, state, out)
            case Kind.POSTFIX:
                old = self.value(tree.parts[0], frame, state, out)
                self._step(tree, old, frame, state)
                return old
            case Kind.BINARY if tree.text in ("&&", "||"):
                return self._shortcut(tree, frame, state, out)
            case Kind.CONDITIONAL:
                return self._choice(tree, frame, state, out)
            case Kind.CAST:
                return self._cast(tree, self.lvalue(tree.parts[0], frame, state, out), frame)
            case Kind.ASSIGN:
                return self._assignment(tree, frame, state, out)
            case Kind.COMMA:
                self.value(tree.parts[0], frame, state, out)
                return self.value(tree.parts[1], frame, state, out)
            case Kind.CALL:
                return self._call(tree, frame, state, out)
            case Kind.BLOCK:
                return self._block(tree, frame, state, out)
            case Kind.OTHER | Kind.BRACES:
                return self._other(tree, frame, out)
            case Kind.BINARY:
                parts = [self.value(part, frame, state, out) for part in tree.parts]
                return self.folded(replace(tree, parts=tuple(parts)), frame)
        return tree

    def folded(self, tree: Tree, frame: Frame) -> Tree:
        """A tree of constants as its number, any other as it is."""
        if tree.kind is Kind.NUMBER:
            return tree
        value = self.meanings.fold(tree, str(frame.function.source.path))
        if value is None:
            return tree
        return replace(tree, kind=Kind.NUMBER, text=str(value), parts=())

    def _unary(self, tree: Tree, frame: Frame, state: State, out: list[Node]) -> Tree:
        operand = tree.parts[0]
        if tree.text == "&":
            inner = self.lvalue(operand, frame, state, out)
            if operand.kind is Kind.NAME and frame.local(operand.text) in state.env:
                inner = Tree(Kind.LOCAL, frame.local(operand.text), (), operand.start, operand.end, frame)
            elif inner.kind is Kind.ROOT or (inner.kind is Kind.UNARY and inner.text == "*"):
                return inner.parts[0] if inner.parts else inner
            return replace(tree, parts=(inner,))
        if tree.text == "*":
            inner = dereferenced(self.value(operand, frame, state, out))
            if inner.kind is Kind.LOCAL and state.env.get(inner.text, inner).kind is not Kind.LOCAL:
                return state.env[inner.text]
            return replace(inner, start=tree.start, end=tree.end, source=frame) if (
                inner.kind is Kind.UNARY or inner.kind is Kind.ROOT
            ) else inner
        if tree.text in ("++", "--"):
            old = self.value(operand, frame, state, out)
            return self._step(tree, old, frame, state)
        inner = self.value(operand, frame, state, out)
        return self.folded(replace(tree, parts=(inner,)), frame)

    def _step(self, tree: Tree, old: Tree, frame: Frame, state: State) -> Tree:
        """The value after ++ or --, which a local then has."""
        one = Tree(Kind.NUMBER, "1")
        new = Tree(Kind.BINARY, tree.text[0], (old, one), tree.start, tree.end, frame)
        new = self.folded(new, frame)
        target = tree.parts[0]
        if target.kind is Kind.NAME and frame.local(target.text) in state.env:
            state.env[frame.local(target.text)] = new
        return new

    def _cast(self, tree: Tree, inner: Tree, frame: Frame) -> Tree:
        """A pointer is what it was; a number keeps its cast."""
        address = inner.kind is Kind.UNARY and inner.text == "&"
        if "*" in tree.text or address or inner.kind in (Kind.ROOT, Kind.STREAM):
            return inner
        return self.folded(replace(tree, parts=(inner,)), frame)

    def _shortcut(self, tree: Tree, frame: Frame, state: State, out: list[Node]) -> Tree:
        """`a && b`: what b moves is there only where a holds."""
        left = self.value(tree.parts[0], frame, state, out)
        inside: list[Node] = []
        right = self.value(tree.parts[1], frame, state, inside)
        if inside:
            condition = self.expression(left, frame, state)
            place = frame.function.place(tree.start)
            if tree.text == "||":
                condition = negated(condition)
            out.append(Branch(condition, tuple(inside), (), place))
        return self.folded(replace(tree, parts=(left, right)), frame)

    def _choice(self, tree: Tree, frame: Frame, state: State, out: list[Node]) -> Tree:
        condition = self.value(tree.parts[0], frame, state, out)
        then: list[Node] = []
        otherwise: list[Node] = []
        a = self.value(tree.parts[1], frame, state, then)
        b = self.value(tree.parts[2], frame, state, otherwise)
        known = self.meanings.fold(condition, str(frame.function.source.path))
        if known is not None:
            out += then if known else otherwise
            return a if known else b
        if then or otherwise:
            place = frame.function.place(tree.start)
            head = self.expression(condition, frame, state)
            out.append(Branch(head, tuple(then), tuple(otherwise), place))
        return replace(tree, parts=(condition, a, b))

    def _block(self, tree: Tree, frame: Frame, state: State, out: list[Node]) -> Tree:
        """`({ ... })`, as conversion writes where a visit must stand in an expression."""
        function = frame.function
        opening = tree.start + 1
        stop = max(tree.end - 1, opening)
        begin = function.offsets[opening]
        end = function.offsets[stop] if stop < len(function.offsets) else len(function.function.body)
        text = function.function.body[begin:end]
        inner = Function(function.name, function.function.header, text, function.function.start + begin)
        block = Frame(FunctionText(function.source, inner, ()), frame.key, frame.types, frame.callers)
        return self.run_block(block, state, out)

    def _other(self, tree: Tree, frame: Frame, out: list[Node]) -> Tree:
        """Text that is no expression: opaque where it moves something."""
        code = frame.function.code
        moving = [
            at for at in range(tree.start, tree.end)
            if self.words.moves(code.tokens[at]) and code.at(at + 1) == "("
        ]  # fmt: skip
        if moving:
            self.reach(frame, tree.start, tree.end)
            text = frame.function.text(tree.start, tree.end)
            out.append(Opaque(text, "an expression that is not read", None, frame.function.place(moving[0])))
        return tree

    def reach(self, frame: Frame, start: int, end: int) -> None:
        """Note that what the tokens from `start` to `end` move is in the model."""
        function = frame.function
        for at in range(start, min(end, len(function.offsets))):
            if self.words.moves(function.code.tokens[at]):
                self.reached.add(site(function, at))

    def expression(self, tree: Tree, frame: Frame, state: State) -> Expression:
        """A value as an expression of the model."""
        return self.meanings.expression(tree, state, str(frame.function.source.path))

    # -- assignments -------------------------------------------------------------------------------

    def _assignment(self, tree: Tree, frame: Frame, state: State, out: list[Node]) -> Tree:
        target, source = tree.parts
        value = self.value(source, frame, state, out)
        if tree.text != "=":
            old = self.value(target, frame, state, out)
            parts = (old, value)
            value = Tree(Kind.BINARY, tree.text[:-1], parts, tree.start, tree.end, frame)
            value = self.folded(value, frame)
        self.assign(target, value, frame, state, out)
        return value

    def assign(
        self, target: Tree, value: Tree, frame: Frame, state: State, out: list[Node]
    ) -> None:
        """Give a value to what an expression names."""
        if target.kind is Kind.NAME and frame.local(target.text) in state.env:
            value = self.kept(target.text, value, frame)
            self.give(Tree(Kind.LOCAL, frame.local(target.text)), value, state)
            return
        self.give(self.lvalue(target, frame, state, out), value, state)

    def kept(self, name: str, value: Tree, frame: Frame) -> Tree:
        """What a local is given: a pointer that a function returns is known by the local's name."""
        if value.kind is Kind.CALL and isinstance(frame.types.get(name), Pointer):
            return Tree(Kind.UNKNOWN, frame.local(name), (), value.start, value.end, frame)
        return value

    def give(self, target: Tree, value: Tree, state: State) -> None:
        """Give a value to a local or to an object, which names what was read."""
        if target.kind is Kind.LOCAL:
            state.env[target.text] = value if len(walk(value)) < 60 else Tree(Kind.UNKNOWN, target.text)
            for tree in walk(value):
                if tree.kind is Kind.GOT and not self.gots[tree.text].local:
                    self.gots[tree.text].local = shown(target.text)
            return
        path = path_of(target)
        if path is None:
            return
        if value.kind is Kind.STREAM:
            state.carriers |= {t.text for t in walk(target) if t.kind is Kind.LOCAL}
        stale = [k for k in state.memory if k == target or (path and path_of(k) == path)]
        for key in stale:
            del state.memory[key]
        state.sent.pop(path, None)
        if is_object(target):
            state.memory[target] = value if len(walk(value)) < 60 else Tree(Kind.UNKNOWN, path)
        for tree in walk(value):
            if tree.kind is Kind.GOT and not self.gots[tree.text].name:
                self.gots[tree.text].name = path
                self.gots[tree.text].known = self.meanings.known(target)

    # -- calls -------------------------------------------------------------------------------------

    def _call(self, tree: Tree, frame: Frame, state: State, out: list[Node]) -> Tree:
        callee, *arguments = tree.parts
        name = callee.text if callee.kind is Kind.NAME else ""
        primitive = self.words.primitive(name, len(arguments))
        if primitive is not None:
            return self._primitive(primitive, tree, frame, state, out)
        visit = self.words.visit(name, len(arguments))
        if visit is not None:
            return self._visit(*visit, tree, frame, state, out)
        if name and frame.local(name) in state.env:
            name = ""
        values = [self.value(argument, frame, state, out) for argument in arguments]
        cast = self._casted(name, tree, values, frame)
        if cast is not None:
            return cast
        if any(value.kind is Kind.STREAM for value in values):
            return self._streamed(name, tree, frame, values, state, out)
        for value in values:
            if value.kind is Kind.UNARY and value.text == "&" and value.parts[0].kind is Kind.LOCAL:
                if value.parts[0].text in state.carriers:
                    text = frame.function.text(tree.start, tree.end)
                    place = frame.function.place(tree.start)
                    out.append(Opaque(text, "a stream that is passed inside of an object", None, place))
                self._lose(value.parts[0], state)
        self._name_by_callee(name, values)
        return replace(tree, parts=(callee, *values))

    def _lose(self, local: Tree, state: State) -> None:
        """A local that a function got the address of: its value is no longer known."""
        if state.env.get(local.text, local).kind is not Kind.LOCAL:
            state.env[local.text] = Tree(Kind.UNKNOWN, local.text, (), local.start, local.end, local.source)

    def _name_by_callee(self, name: str, values: Sequence[Tree]) -> None:
        """What was read only to be passed on is called after the function that gets it."""
        others = [path_of(v) for v in values if is_object(v) or v.kind is Kind.UNARY]
        called = next((path for path in others if path), name + "()" if name else "")
        for tree in (t for value in values for t in walk(value)):
            if tree.kind is Kind.GOT and not self.gots[tree.text].callee:
                self.gots[tree.text].callee = called

    def _casted(
        self, name: str, tree: Tree, values: Sequence[Tree], frame: Frame
    ) -> Tree | None:
        """The object that a cast macro is given, None for any other call."""
        rules = self.words.rules
        if name in (self.words.vocabularies[0].visitor_getter, self.words.vocabularies[0].errp_getter):
            return values[0] if values else None
        position = rules.cast_macros.get(name)
        if position is not None:
            others = [v for n, v in enumerate(values) if n != position]
            pointers = [v for v in others if v.kind not in (Kind.NAME, Kind.OTHER, Kind.STRING)]
            return _pointed(pointers[0]) if pointers else None
        if len(values) == 1 and looks_like_cast(name) and values[0].kind in (
            Kind.ROOT, Kind.UNARY, Kind.MEMBER, Kind.UNKNOWN,
        ):  # fmt: skip
            macros = self.meanings.constants(str(frame.function.source.path)).scope.macros(name)
            casts = any(cast in m.body for _, m in macros for cast in rules.cast_macros)
            if casts or not macros:
                return _pointed(values[0])
        return None

    def _streamed(
        self, name: str, tree: Tree, frame: Frame, values: Sequence[Tree], state: State,
        out: list[Node],
    ) -> Tree:  # fmt: skip
        """A call that the stream is passed to."""
        place = frame.function.place(tree.start)
        table = self.words.rules.table_calls.get(name)
        if table is not None and max(table.description, table.object) < len(values):
            out.append(self._table(table, values, frame, state, place))
            return RESULT
        if not name:
            text = frame.function.text(tree.parts[0].start, tree.parts[0].end)
            out.append(Opaque(text, "a call through a pointer", None, place))
            return RESULT
        found = self.functions.named(name, str(frame.function.source.path))
        if not found:
            return self._macro(name, tree, frame, values, state, out)
        if len(found) > 1 and not any(f.conditions for f in found):
            found = self._of_target(found, frame)
        if len(found) > 1:
            text = frame.function.text(tree.start, tree.end)
            out.append(Opaque(text, f"there are {len(found)} functions {name}()", None, place))
            return RESULT
        kept = self.words.rules.plumbing_for(found[0].source.name, name)
        if kept is not None:
            out.append(Opaque(name + "()", kept.reason, None, place))
            return RESULT
        if name in frame.callers or len(frame.callers) > _MAX_CALLS:
            out.append(Opaque(name + "()", "a function that calls itself", None, place))
            return RESULT
        return self.inline(found[0], frame, tree, values, state, out)

    def _of_target(
        self, found: tuple[FunctionText, ...], frame: Frame
    ) -> tuple[FunctionText, ...]:
        """Of functions of one name those in the folder of the caller's target."""
        headers = self.meanings.resolver.headers
        target = headers.target_of(str(frame.function.source.path))
        own = tuple(f for f in found if headers.target_of(str(f.source.path)) == target)
        return own if target is not None and own else found

    def _table(
        self, call: TableCall, values: Sequence[Tree], frame: Frame, state: State, place: Place
    ) -> Node:
        """A call of a table's model."""
        table, version = values[call.description], call.version
        inner = table.parts[0] if table.kind is Kind.UNARY and table.text == "&" else table
        if inner.kind is Kind.INDEX and inner.parts[0].kind is Kind.NAME:
            inner = inner.parts[0]
        name = path_of(_pointed(values[call.object])) or ""
        if inner.kind is not Kind.NAME:
            return Opaque(spelled(table), "a table that is chosen at run time", None, place)
        given = values[version[0]] if version and version[0] < len(values) else None
        if given is not None and (
            given.kind is Kind.MEMBER and given.parts[0] in (inner, table)
        ):
            given = None
        shown_version = None if given is None else self.expression(given, frame, state)
        return Call(inner.text, name, shown_version, place)

    def _macro(
        self, name: str, tree: Tree, frame: Frame, values: Sequence[Tree], state: State,
        out: list[Node],
    ) -> Tree:  # fmt: skip
        """A function-like macro with statements, expanded where it stands; else an unknown function."""
        function = frame.function
        scope = self.meanings.constants(str(function.source.path)).scope
        macros = [m for _, m in scope.macros(name) if m.parameters is not None]
        macros = [m for m in macros if len(m.parameters or ()) == len(values) and "#" not in m.body]
        place = function.place(tree.start)
        if len({m.body for m in macros}) != 1 or name in frame.callers:
            text = function.text(tree.start, tree.end)
            out.append(Opaque(text, f"there is no body of {name}()", None, place))
            return RESULT
        texts = [function.text(part.start, part.end) for part in tree.parts[1:]]
        put = dict(zip(macros[0].parameters or (), texts, strict=True))
        body = " ".join(put.get(token, token) for token in tokenize(macros[0].body))
        start = function.function.start + function.offsets[tree.start]
        inner = Function(function.name, function.function.header, "{" + body + ";}", start)
        expanded = Frame(FunctionText(function.source, inner, ()), frame.key, frame.types, (*frame.callers, name))
        return self.run_block(expanded, state, out)

    # -- what moves --------------------------------------------------------------------------------

    def _primitive(
        self, primitive: WirePrimitive, tree: Tree, frame: Frame, state: State, out: list[Node]
    ) -> Tree:
        arguments = tree.parts[1:]
        self.value(arguments[0], frame, state, out)
        self.reached.add(site(frame.function, tree.start))
        if primitive.operand == "buffer":
            return self._buffer(arguments[1], arguments[2], tree, frame, state, out)
        if primitive.operand == "result":
            return self._read(primitive.wire, tree, frame, out)
        operand = self.value(arguments[1], frame, state, out)
        if primitive.operand == "pointer":
            operand = self._pointee(operand, arguments[1], frame)
        if primitive.direction == "get":
            self.give(operand, self._read(primitive.wire, tree, frame, out, operand), state)
            return tree
        if primitive.operand == "pointer":
            operand = self._content(operand, state)
        self._write(primitive.wire, operand, tree, frame, state, out)
        return tree

    def _pointee(self, pointer: Tree, written: Tree, frame: Frame) -> Tree:
        """The object that an argument points to, standing where the source names it."""
        inner = dereferenced(pointer)
        if inner.kind is Kind.UNARY and inner.text == "*" and inner.source is None:
            return replace(inner, start=written.start, end=written.end, source=frame)
        return inner

    def _content(self, target: Tree, state: State) -> Tree:
        """What is in an object."""
        if target.kind is Kind.LOCAL:
            return state.env.get(target.text, target)
        return state.memory.get(target, target)

    def _visit(
        self, visit: WireVisit, words: Vocabulary, tree: Tree, frame: Frame, state: State,
        out: list[Node],
    ) -> Tree:  # fmt: skip
        roles = dict(zip(words.roles(visit), tree.parts[1:], strict=True))
        self.reached.add(site(frame.function, tree.start))
        if "size" in roles:
            return self._buffer(roles["object"], roles["size"], tree, frame, state, out)
        pointer = self.value(roles["object"], frame, state, out)
        if pointer.kind is Kind.OTHER:  # a compound literal, (uint8_t){ x }
            pointer = self._literal(roles["object"], frame, state, out)
            self._write(visit.wire, pointer, tree, frame, state, out)
            return tree
        operand = self._pointee(pointer, roles["object"], frame)
        if self.direction == "get":
            self.give(operand, self._read(visit.wire, tree, frame, out, operand), state)
        else:
            self._write(visit.wire, self._content(operand, state), tree, frame, state, out)
        return tree

    def _literal(self, tree: Tree, frame: Frame, state: State, out: list[Node]) -> Tree:
        """The value in `&(uint8_t){ x }`."""
        code = frame.function.code
        braces = next((n for n in range(tree.start, tree.end) if code.tokens[n] == "{"), tree.end)
        if braces >= tree.end:
            return tree
        return self.value(
            parse_expression(code.tokens, braces + 1, code.partner[braces], frame), frame, state, out
        )

    def _read(
        self, wire: str, tree: Tree, frame: Frame, out: list[Node], target: Tree | None = None
    ) -> Tree:
        key = f"{frame.key}/{site(frame.function, tree.start)[1]}"
        self.gots.setdefault(key, Got())
        place = frame.function.place(tree.start)
        out.append(self._moved(wire, PENDING + key, None, Known(), place))
        return Tree(Kind.GOT, key, (), tree.start, tree.end, frame)

    def _moved(
        self, wire: str, name: str, constant: int | None, known: Known, place: Place
    ) -> Node:
        if wire in OPAQUE_WIRES:
            return Opaque(name, OPAQUE_WIRES[wire], None, place)
        fixed = None if constant is None else Constant(constant)
        return Value(
            name, WIRES[wire], known.type, known.signed, fixed, known.enumerators, place,
            known.declared,
        )  # fmt: skip

    def _write(
        self, wire: str, operand: Tree, tree: Tree, frame: Frame, state: State, out: list[Node]
    ) -> None:
        place = frame.function.place(tree.start)
        constant = self.meanings.fold(operand, str(frame.function.source.path))
        if constant is not None:
            out.append(self._moved(wire, "", constant, Known(), place))
            return
        name = name_of(operand)
        plain = operand
        while plain.kind is Kind.CAST:
            plain = plain.parts[0]
        if is_object(plain):
            state.sent[name] = plain
        else:
            state.sent.pop(name, None)
        known = self.meanings.known(plain if is_object(plain) else operand)
        out.append(self._moved(wire, name, None, known, place))

    def _buffer(
        self, pointer: Tree, size: Tree, tree: Tree, frame: Frame, state: State, out: list[Node]
    ) -> Tree:
        target = self.lvalue(pointer, frame, state, out)
        count = self.folded(self.value(size, frame, state, out), frame)
        place = frame.function.place(tree.start)
        name = path_of(_pointed(target)) or name_of(target)
        out.append(Buffer(name, self.expression(count, frame, state), False, place))
        return Tree(Kind.UNKNOWN, "", (), tree.start, tree.end, frame)


_ZERO = Tree(Kind.NUMBER, "0")
RESULT = Tree(Kind.UNKNOWN, "")
"""What a function returned that a stream was passed to, where that is not followed."""


def _pointed(tree: Tree) -> Tree:
    """An address as its object, anything else as it is."""
    return tree.parts[0] if tree.kind is Kind.UNARY and tree.text == "&" else tree


def site(function: FunctionText, token: int) -> tuple[str, int]:
    """What tells one call from all others: its file and offset."""
    return str(function.source.path), function.function.start + function.offsets[token]


def negated(expression: Expression) -> Expression:
    """The opposite condition, without a double negation."""
    opposites = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
    if isinstance(expression, Operation):
        if expression.operator == "!":
            return expression.operands[0]
        if expression.operator in opposites:
            return Operation(opposites[expression.operator], expression.operands)
    return Operation("!", (expression,))
