# SPDX-License-Identifier: GPL-2.0-or-later
"""Expressions of handlers, read in the order in which C evaluates them: what moves, and what is left.

A value that is read is a GOT tree until it is known where it goes; its name is put in at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from ..rules.ruleset import TableCall
from ..wire.text import Function, tokenize_text
from .handlers_c import CTree, ExpressionKind, parse_expression, walk_tree
from .handlers_functions import FunctionText
from .handlers_moves import Mover, negate_condition, pointed_object, site_of
from .handlers_values import (
    Called,
    Point,
    dereference,
    is_object,
    looks_like_cast,
    path_of,
    spell_tree,
)
from .model import Branch, Call, Node, Opaque, Place

NO_BODY = "a function whose body is not found"
SEVERAL = "a function that several bodies are found of"
_MAX_CALLS = 24

_Reader = Callable[[CTree, Called, Point, list[Node]], CTree]


class Evaluator(Mover):
    """Evaluates expressions; `inline` and `run_block` are for the walker of statements to give."""

    def inline(
        self, function: FunctionText, frame: Called, call: CTree, values: Sequence[CTree],
        state: Point, out: list[Node],
    ) -> CTree:  # fmt: skip
        """Put the nodes of a called function in place of the call; gives what it returns."""
        raise NotImplementedError

    def run_block(self, frame: Called, state: Point, out: list[Node]) -> CTree:
        """Run the statements of a frame's body in place; gives the value of the last."""
        raise NotImplementedError

    # -- expressions -------------------------------------------------------------------------------

    def value(self, tree: CTree, frame: Called, state: Point, out: list[Node]) -> CTree:
        """The value of an expression: objects that were assigned to are what they were given."""
        result = self.lvalue(tree, frame, state, out)
        return state.memory.get(result, result) if is_object(result) else result

    def lvalue(self, tree: CTree, frame: Called, state: Point, out: list[Node]) -> CTree:
        """An expression with values put in for names, as an object where it is one."""
        if tree.kind is ExpressionKind.NAME:
            return state.env.get(frame.local(tree.text), tree)
        reader = self._readers.get(tree.kind)
        return tree if reader is None else reader(tree, frame, state, out)

    @cached_property
    def _readers(self) -> Mapping[ExpressionKind, _Reader]:
        """What reads each kind of node."""
        return {
            ExpressionKind.MEMBER: self._evaluate_member,
            ExpressionKind.INDEX: self._evaluate_element,
            ExpressionKind.UNARY: self._evaluate_unary,
            ExpressionKind.POSTFIX: self._evaluate_postfix,
            ExpressionKind.BINARY: self._evaluate_binary,
            ExpressionKind.CONDITIONAL: self._evaluate_choice,
            ExpressionKind.CAST: self._evaluate_cast,
            ExpressionKind.ASSIGN: self._evaluate_assignment,
            ExpressionKind.COMMA: self._evaluate_comma,
            ExpressionKind.CALL: self._evaluate_call,
            ExpressionKind.BLOCK: self._evaluate_block,
            ExpressionKind.OTHER: self._evaluate_other,
            ExpressionKind.BRACES: self._evaluate_other,
            ExpressionKind.SIZEOF: self._evaluate_size,
        }

    def _evaluate_member(self, tree: CTree, frame: Called, state: Point, out: list[Node]) -> CTree:
        inner = self.lvalue(tree.parts[0], frame, state, out)
        if inner.kind is ExpressionKind.UNARY and inner.text in ("&", "*"):
            inner = inner.parts[0]
        return replace(tree, parts=(inner,))

    def _evaluate_element(self, tree: CTree, frame: Called, state: Point, out: list[Node]) -> CTree:
        """`a[i]`; of the address of an element, `(&a[0])[i]`, it is the element of the array."""
        inner = self.lvalue(tree.parts[0], frame, state, out)
        at = self.folded(self.value(tree.parts[1], frame, state, out), frame)
        if inner.kind is ExpressionKind.UNARY and inner.text == "&":
            inner = inner.parts[0]
            if inner.kind is not ExpressionKind.INDEX and at == _ZERO:
                return inner
            if inner.kind is ExpressionKind.INDEX and inner.parts[1] == _ZERO:
                inner = inner.parts[0]
        return replace(tree, parts=(inner, at))

    def _evaluate_postfix(self, tree: CTree, frame: Called, state: Point, out: list[Node]) -> CTree:
        old = self.value(tree.parts[0], frame, state, out)
        self._step_value(tree, old, frame, state)
        return old

    def _evaluate_comma(self, tree: CTree, frame: Called, state: Point, out: list[Node]) -> CTree:
        self.value(tree.parts[0], frame, state, out)
        return self.value(tree.parts[1], frame, state, out)

    def _evaluate_binary(self, tree: CTree, frame: Called, state: Point, out: list[Node]) -> CTree:
        if tree.text in ("&&", "||"):
            return self._evaluate_shortcut(tree, frame, state, out)
        parts = tuple(self.value(part, frame, state, out) for part in tree.parts)
        if self._is_cast(tree, parts[0], frame):
            return replace(
                tree,
                kind=ExpressionKind.UNARY,
                parts=(self.lvalue(tree.parts[1], frame, state, out),),
            )
        return self.folded(replace(tree, parts=parts), frame)

    def _is_cast(self, tree: CTree, left: CTree, frame: Called) -> bool:
        """Whether `(word) & x` is a cast of an address: where the word is a type's, of no variable."""
        spelled_so = tree.text == "&" and frame.function.code.at(tree.start) == "("
        return spelled_so and left.kind is ExpressionKind.NAME and self.folded(left, frame) == left

    def _evaluate_unary(self, tree: CTree, frame: Called, state: Point, out: list[Node]) -> CTree:
        operand = tree.parts[0]
        if tree.text == "&":
            inner = self.lvalue(operand, frame, state, out)
            if operand.kind is ExpressionKind.NAME and frame.local(operand.text) in state.env:
                inner = CTree(
                    ExpressionKind.LOCAL,
                    frame.local(operand.text),
                    (),
                    operand.start,
                    operand.end,
                    frame,
                )
            elif inner.kind is ExpressionKind.ROOT or (
                inner.kind is ExpressionKind.UNARY and inner.text == "*"
            ):
                return inner.parts[0] if inner.parts else inner
            return replace(tree, parts=(inner,))
        if tree.text == "*":
            inner = dereference(self.value(operand, frame, state, out))
            if (
                inner.kind is ExpressionKind.LOCAL
                and state.env.get(inner.text, inner).kind is not ExpressionKind.LOCAL
            ):
                return state.env[inner.text]
            return (
                replace(inner, start=tree.start, end=tree.end, source=frame)
                if (inner.kind is ExpressionKind.UNARY or inner.kind is ExpressionKind.ROOT)
                else inner
            )
        if tree.text in ("++", "--"):
            old = self.value(operand, frame, state, out)
            return self._step_value(tree, old, frame, state)
        inner = self.value(operand, frame, state, out)
        return self.folded(replace(tree, parts=(inner,)), frame)

    def _step_value(self, tree: CTree, old: CTree, frame: Called, state: Point) -> CTree:
        """The value after ++ or --, which a local then has."""
        one = CTree(ExpressionKind.NUMBER, "1")
        new = CTree(ExpressionKind.BINARY, tree.text[0], (old, one), tree.start, tree.end, frame)
        new = self.folded(new, frame)
        target = tree.parts[0]
        if target.kind is ExpressionKind.NAME and frame.local(target.text) in state.env:
            state.env[frame.local(target.text)] = new
        return new

    def _evaluate_cast(self, tree: CTree, frame: Called, state: Point, out: list[Node]) -> CTree:
        """A pointer is what it was; a number keeps its cast."""
        if tree.parts[0].kind is ExpressionKind.BRACES:
            return self._evaluate_literal(tree.parts[0], frame, state, out)
        inner = self.lvalue(tree.parts[0], frame, state, out)
        address = inner.kind is ExpressionKind.UNARY and inner.text == "&"
        if (
            "*" in tree.text
            or address
            or inner.kind in (ExpressionKind.ROOT, ExpressionKind.STREAM)
        ):
            return inner
        return self.folded(replace(tree, parts=(inner,)), frame)

    def _evaluate_size(self, tree: CTree, frame: Called, state: Point, out: list[Node]) -> CTree:
        """An operand of sizeof is never evaluated."""
        del state, out
        self.reach(frame, tree.start, tree.end)
        return tree

    def _evaluate_literal(
        self, braces: CTree, frame: Called, state: Point, out: list[Node]
    ) -> CTree:
        """The value of `(uint8_t){ x }`; of a compound literal with more in it, the first."""
        code = frame.function.code
        first, last = code.split_commas(braces.start + 1, code.partner[braces.start])[0]
        if first >= last or code.at(first) == ".":
            return self._evaluate_other(braces, frame, state, out)
        return self.value(parse_expression(code.tokens, first, last, frame), frame, state, out)

    def _evaluate_shortcut(
        self, tree: CTree, frame: Called, state: Point, out: list[Node]
    ) -> CTree:
        """`a && b`: what b moves is there only where a holds."""
        left = self.value(tree.parts[0], frame, state, out)
        inside: list[Node] = []
        right = self.value(tree.parts[1], frame, state, inside)
        if inside:
            condition = self.expression(left, frame, state)
            place = frame.function.place(tree.start)
            if tree.text == "||":
                condition = negate_condition(condition)
            out.append(Branch(condition, tuple(inside), (), place))
        return self.folded(replace(tree, parts=(left, right)), frame)

    def _evaluate_choice(self, tree: CTree, frame: Called, state: Point, out: list[Node]) -> CTree:
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

    def _evaluate_block(self, tree: CTree, frame: Called, state: Point, out: list[Node]) -> CTree:
        """`({ ... })`, as conversion writes where a visit must stand in an expression."""
        function = frame.function
        opening = tree.start + 1
        stop = max(tree.end - 1, opening)
        begin = function.offsets[opening]
        end = (
            function.offsets[stop] if stop < len(function.offsets) else len(function.function.body)
        )
        text = function.function.body[begin:end]
        inner = Function(
            function.name, function.function.header, text, function.function.start + begin
        )
        block = Called(
            FunctionText(function.source, inner, ()), frame.key, frame.types, frame.callers
        )
        return self.run_block(block, state, out)

    def _evaluate_other(self, tree: CTree, frame: Called, state: Point, out: list[Node]) -> CTree:
        """Text that is no expression: opaque where it moves something."""
        del state
        code = frame.function.code
        moving = [
            at for at in range(tree.start, tree.end)
            if self.words.moves(code.tokens[at]) and code.at(at + 1) == "("
        ]  # fmt: skip
        if moving:
            self.reach(frame, tree.start, tree.end)
            text = frame.function.text(tree.start, tree.end)
            out.append(
                Opaque(
                    text, "an expression that is not read", None, frame.function.place(moving[0])
                )
            )
        return tree

    def reach(self, frame: Called, start: int, end: int) -> None:
        """Note that what the tokens from `start` to `end` move is in the model."""
        function = frame.function
        for at in range(start, min(end, len(function.offsets))):
            if self.words.moves(function.code.tokens[at]):
                self.reached.add(site_of(function, at))

    # -- assignments -------------------------------------------------------------------------------

    def _evaluate_assignment(
        self, tree: CTree, frame: Called, state: Point, out: list[Node]
    ) -> CTree:
        target, source = tree.parts
        value = self.value(source, frame, state, out)
        if tree.text != "=":
            old = self.value(target, frame, state, out)
            parts = (old, value)
            value = CTree(ExpressionKind.BINARY, tree.text[:-1], parts, tree.start, tree.end, frame)
            value = self.folded(value, frame)
        self.assign(target, value, frame, state, out)
        return value

    def assign(
        self, target: CTree, value: CTree, frame: Called, state: Point, out: list[Node]
    ) -> None:
        """Give a value to what an expression names."""
        if target.kind is ExpressionKind.NAME and frame.local(target.text) in state.env:
            value = self.kept(target.text, value, frame)
            self.give(CTree(ExpressionKind.LOCAL, frame.local(target.text)), value, state)
            return
        self.give(self.lvalue(target, frame, state, out), value, state)

    # -- calls -------------------------------------------------------------------------------------

    def _evaluate_call(self, tree: CTree, frame: Called, state: Point, out: list[Node]) -> CTree:
        callee, *arguments = tree.parts
        name = callee.text if callee.kind is ExpressionKind.NAME else ""
        primitive = self.words.primitive(name, len(arguments))
        if primitive is not None:
            return self.primitive(primitive, tree, frame, state, out)
        visit = self.words.visit(name, arguments)
        if visit is not None:
            return self.visit(*visit, tree, frame, state, out)
        if name and frame.local(name) in state.env:
            name = ""
        values = [self.value(argument, frame, state, out) for argument in arguments]
        cast = self._object_of_cast(name, tree, values, frame)
        if cast is not None:
            return cast
        if any(value.kind is ExpressionKind.STREAM for value in values):
            return self._evaluate_streamed(name, tree, frame, values, state, out)
        for value in values:
            if (
                value.kind is ExpressionKind.UNARY
                and value.text == "&"
                and value.parts[0].kind is ExpressionKind.LOCAL
            ):
                if value.parts[0].text in state.carriers:
                    text = frame.function.text(tree.start, tree.end)
                    place = frame.function.place(tree.start)
                    out.append(
                        Opaque(text, "a stream that is passed inside of an object", None, place)
                    )
                self._lose_local(value.parts[0], state)
            elif value.kind is ExpressionKind.UNARY and value.text == "&":
                state.memory.pop(value.parts[0], None)  # it may be something else from now on
        self._name_by_callee(name, values)
        return replace(tree, parts=(callee, *values))

    def _lose_local(self, local: CTree, state: Point) -> None:
        """A local that a function got the address of: its value is no longer known."""
        if state.env.get(local.text, local).kind is not ExpressionKind.LOCAL:
            state.env[local.text] = CTree(
                ExpressionKind.UNKNOWN, local.text, (), local.start, local.end, local.source
            )

    def _name_by_callee(self, name: str, values: Sequence[CTree]) -> None:
        """What was read only to be passed on is called after the function that gets it."""
        others = [path_of(v) for v in values if is_object(v) or v.kind is ExpressionKind.UNARY]
        called = next((path for path in others if path), name + "()" if name else "")
        for tree in (t for value in values for t in walk_tree(value)):
            if tree.kind is ExpressionKind.GOT and not self.gots[tree.text].callee:
                self.gots[tree.text].callee = called

    def _object_of_cast(
        self, name: str, tree: CTree, values: Sequence[CTree], frame: Called
    ) -> CTree | None:
        """The object that a cast macro is given, None for any other call."""
        rules = self.words.rules
        if name in (
            self.words.vocabularies[0].visitor_getter,
            self.words.vocabularies[0].errp_getter,
        ):
            return values[0] if values else None
        position = rules.cast_macros.get(name)
        if name in rules.allocators:
            return None
        if position is not None:
            others = [v for n, v in enumerate(values) if n != position]
            pointers = [
                v
                for v in others
                if v.kind not in (ExpressionKind.NAME, ExpressionKind.OTHER, ExpressionKind.STRING)
            ]
            return pointed_object(pointers[0]) if pointers else None
        if len(values) == 1 and looks_like_cast(name) and values[0].kind in (
            ExpressionKind.ROOT, ExpressionKind.UNARY, ExpressionKind.MEMBER, ExpressionKind.UNKNOWN,
        ):  # fmt: skip
            macros = self.meanings.constants(str(frame.function.source.path)).scope.find_macros(
                name
            )
            casts = any(cast in m.body for _, m in macros for cast in rules.cast_macros)
            if casts or not macros:
                return pointed_object(values[0])
        return None

    def _evaluate_streamed(
        self, name: str, tree: CTree, frame: Called, values: Sequence[CTree], state: Point,
        out: list[Node],
    ) -> CTree:  # fmt: skip
        """A call that the stream is passed to."""
        place = frame.function.place(tree.start)
        table = self.words.rules.table_calls.get(name)
        if table is not None and max(table.description, table.object) < len(values):
            out.append(self._call_table(table, values, frame, state, place))
            return RESULT
        if not name:
            text = frame.function.text(tree.parts[0].start, tree.parts[0].end)
            out.append(Opaque(text, "a call through a pointer", None, place))
            return RESULT
        found = self.functions.find_named(name, str(frame.function.source.path))
        if not found:
            return self._evaluate_macro(name, tree, frame, values, state, out)
        if len(found) > 1 and not any(f.conditions for f in found):
            found = self._of_target(found, frame)
        if len(found) > 1:
            text = frame.function.text(tree.start, tree.end)
            out.append(Opaque(text, SEVERAL, None, place))
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
        self, found: tuple[FunctionText, ...], frame: Called
    ) -> tuple[FunctionText, ...]:
        """Of functions of one name those in the folder of the caller's target."""
        headers = self.meanings.resolver.headers
        target = headers.target_of(str(frame.function.source.path))
        own = tuple(f for f in found if headers.target_of(str(f.source.path)) == target)
        return own if target is not None and own else found

    def _call_table(
        self, call: TableCall, values: Sequence[CTree], frame: Called, state: Point, place: Place
    ) -> Node:
        """A call of a table's model."""
        table, version = values[call.description], call.version
        inner = (
            table.parts[0] if table.kind is ExpressionKind.UNARY and table.text == "&" else table
        )
        if inner.kind is ExpressionKind.INDEX and inner.parts[0].kind is ExpressionKind.NAME:
            inner = inner.parts[0]
        name = path_of(pointed_object(values[call.object])) or ""
        if inner.kind is not ExpressionKind.NAME:
            return Opaque(spell_tree(table), "a table that is chosen at run time", None, place)
        given = values[version[0]] if version and version[0] < len(values) else None
        if given is not None and (
            given.kind is ExpressionKind.MEMBER and given.parts[0] in (inner, table)
        ):
            given = None
        shown_version = None if given is None else self.expression(given, frame, state)
        return Call(inner.text, name, shown_version, place)

    def _evaluate_macro(
        self, name: str, tree: CTree, frame: Called, values: Sequence[CTree], state: Point,
        out: list[Node],
    ) -> CTree:  # fmt: skip
        """A function-like macro with statements, expanded where it stands; else an unknown function."""
        function = frame.function
        scope = self.meanings.constants(str(function.source.path)).scope
        macros = [m for _, m in scope.find_macros(name) if m.parameters is not None]
        macros = [m for m in macros if len(m.parameters or ()) == len(values) and "#" not in m.body]
        place = function.place(tree.start)
        if len({m.body for m in macros}) != 1 or name in frame.callers:
            text = function.text(tree.start, tree.end)
            out.append(Opaque(text, NO_BODY, None, place))
            return RESULT
        texts = [function.text(part.start, part.end) for part in tree.parts[1:]]
        put = dict(zip(macros[0].parameters or (), texts, strict=True))
        body = " ".join(put.get(token, token) for token in tokenize_text(macros[0].body))
        start = function.function.start + function.offsets[tree.start]
        inner = Function(function.name, function.function.header, "{" + body + ";}", start)
        expanded = Called(
            FunctionText(function.source, inner, ()), frame.key, frame.types, (*frame.callers, name)
        )
        return self.run_block(expanded, state, out)


_ZERO = CTree(ExpressionKind.NUMBER, "0")
RESULT = CTree(ExpressionKind.UNKNOWN, "")
"""What a function returned that a stream was passed to, where that is not followed."""
