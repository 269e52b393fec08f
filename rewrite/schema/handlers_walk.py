# SPDX-License-Identifier: GPL-2.0-or-later
"""Statements of handlers, walked path by path: what each puts on the wire, in order.

A path ends at a `return`; what follows an early `return` without error is in the other side of a
branch, and an error on the way is a Check. Nothing that moves is left out: see `Walker.model`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from ..terms import Direction
from ..wire.text import Node as Statement
from ..wire.text import is_declaration
from .expression import Configured, Expression
from .handlers_branches import (
    Alternatives,
    conditional_group,
    failing_values,
    join_sides,
    next_statement,
    opens_conditional,
    read_cases,
    strip_breaks,
)
from .handlers_c import CTree, ExpressionKind, parse_expression
from .handlers_declare import Declarer
from .handlers_eval import RESULT
from .handlers_functions import FunctionText
from .handlers_loops import LoopReader
from .handlers_moves import negate_condition, site_of
from .handlers_names import name_nodes, number_nameless
from .handlers_paths import Ending, Flow, How, Leave, Todo, make_leave
from .handlers_values import Called, Point, merge_all, merge_states
from .model import Check, Node, Opaque, Place

UNREACHED = "no path of the function leads here"
"""The reason of what is in a function's text but on none of its paths."""

_MOST_STEPS = 6000
_ZERO = CTree(ExpressionKind.NUMBER, "0")
_NO_RETURN = frozenset(("exit", "abort", "_exit"))  # of the C library (C99 7.20.4)


class Walker(Declarer):
    """Runs the statements of functions symbolically; one walker reads one handler."""

    steps = 0

    def model_body(self, function: FunctionText, values: Sequence[CTree]) -> tuple[Node, ...]:
        """What a function moves, with its parameters' values given.

        What the walk does not come by, such as statements behind a `return`, is opaque at the end.
        """
        out: list[Node] = []
        frame = Called(function, "")
        self._start(frame, values, state := Point())
        out += self.run(Todo(function.code.nodes), frame, state).nodes
        for entered in self.entered:
            tokens = entered.code.tokens
            for at, token in enumerate(tokens):
                member = tokens[at - 1] in (".", "->")
                called = self.words.moves(token) and entered.code.at(at + 1) == "("
                if called and not member and site_of(entered, at) not in self.reached:
                    out.append(Opaque(token, UNREACHED, None, entered.place(at)))
        number_nameless(out, self.gots)
        return name_nodes(out, self.gots)

    def _start(self, frame: Called, values: Sequence[CTree], state: Point) -> None:
        """Enter a function."""
        if frame.function not in self.entered:
            self.entered.append(frame.function)
        for parameter, value in zip_longest(frame.function.parameters, values):
            if parameter is not None and value is not None:
                state.env[frame.local(parameter.name)] = value

    def run(self, todo: Todo | None, frame: Called, state: Point) -> Flow:
        """What the statements move, from one state on."""
        out: list[Node] = []
        while todo is not None:
            if todo.at >= len(todo.statements):
                todo = todo.after
                continue
            self.steps += 1
            statement = todo.statements[todo.at]
            todo = replace(todo, at=todo.at + 1)
            if self.steps > _MOST_STEPS:
                return self._give_up(out, statement, todo, frame, state)
            if statement.kind == "block" or self._runs_once(statement, frame):
                todo = Todo(statement.children, 0, todo)
            elif statement.kind in ("if", "switch") or opens_conditional(statement, frame):
                ended = self._choose(statement, todo, frame, state, out)
                if isinstance(ended, Flow):
                    return ended
                todo, state = ended
            elif statement.kind == "simple":
                ending = self._walk_simple(statement, todo, frame, state, out)
                if isinstance(ending, Todo):
                    todo = ending
                elif ending is not None:
                    return Flow((*out, *ending.nodes), ending.endings)
            elif statement.kind in ("loop", "do"):
                found = LoopReader(self, frame).read(statement, next_statement(todo), state)
                out += found.nodes
                state = found.state
                if found.ended:
                    return Flow(tuple(out), found.endings)
            else:
                self._pass_statement(statement, frame, state, out)
        return Flow(tuple(out), (Ending(How.FALL, state),))

    def _runs_once(self, statement: Statement, frame: Called) -> bool:
        """Whether a macro heads a block that is no loop."""
        word = frame.function.code.tokens[statement.start]
        return statement.kind == "loop" and word in self.words.rules.once_macros

    def _pass_statement(
        self, statement: Statement, frame: Called, state: Point, out: list[Node]
    ) -> None:
        """A statement that does nothing itself, or that is not understood."""
        if statement.kind == "label":
            self._join(statement, frame, state)
        elif statement.kind not in ("directive", "dowhile", "close"):
            self._mark_unread(statement, frame, out)

    def _give_up(
        self, out: list[Node], statement: Statement, todo: Todo, frame: Called, state: Point
    ) -> Flow:
        """Too many paths: the rest of the function is opaque."""
        place = frame.function.place(statement.start)
        rest: Todo | None = replace(todo, at=todo.at - 1)
        while rest is not None:
            for left in rest.statements[rest.at :]:
                self.reach(frame, left.start, left.end)
            rest = rest.after
        out.append(Opaque(frame.function.name + "()", "too many paths", None, place))
        return Flow(tuple(out), (Ending(How.RETURN, state),))

    def _mark_unread(self, statement: Statement, frame: Called, out: list[Node]) -> None:
        """A statement that is not understood, such as an `else` behind a directive."""
        tokens = range(statement.start, statement.end)
        if any(self.words.moves(frame.function.code.tokens[n]) for n in tokens):
            self.reach(frame, statement.start, statement.end)
            text = frame.function.text(statement.start, statement.end)
            place = frame.function.place(statement.start)
            out.append(
                Opaque(text, f"a statement that is not read ({statement.kind})", None, place)
            )

    # -- branches ----------------------------------------------------------------------------------

    def _choose(
        self, statement: Statement, todo: Todo, frame: Called, state: Point, out: list[Node]
    ) -> Flow | tuple[Todo | None, Point]:
        """An if, a switch or a group of #if: the flow to its end where it leaves, else what follows."""
        if opens_conditional(statement, frame):
            groups, todo = conditional_group(todo, statement, frame)
            return self._fork_configured(groups, todo, frame, state, out, statement)
        if statement.kind == "switch":
            return self._walk_switch(statement, todo, frame, state, out)
        then = Todo(statement.children)
        otherwise: Todo | None = None
        following = todo.statements[todo.at] if todo.at < len(todo.statements) else None
        if following is not None and following.kind == "else":
            otherwise = Todo(following.children)
            todo = replace(todo, at=todo.at + 1)
        head = self._read_head(statement, frame)
        condition = self.folded(self.value(head, frame, state, out), frame)
        if condition.kind is ExpressionKind.NUMBER:
            taken, dropped = (then, otherwise) if condition.text != "0" else (otherwise, then)
            self._skip(dropped, frame)
            return (replace(taken, after=todo) if taken else todo), state
        expression = self.expression(condition, frame, state)
        place = frame.function.place(statement.start)
        return self._fork_flow(
            condition, expression, then, otherwise, todo, frame, state, out, place
        )

    def _skip(self, todo: Todo | None, frame: Called) -> None:
        """Statements that can't be reached: what they would move is accounted for."""
        for statement in todo.statements if todo else ():
            self.reach(frame, statement.start, statement.end)

    def _read_head(self, statement: Statement, frame: Called) -> CTree:
        """The condition in the parentheses of a statement."""
        tokens = frame.function.code.tokens
        return parse_expression(tokens, statement.start + 2, statement.head - 1, frame)

    def _fork_flow(
        self, condition: CTree, expression: Expression, then: Todo, otherwise: Todo | None,
        todo: Todo, frame: Called, state: Point, out: list[Node], place: Place,
    ) -> Flow | tuple[Todo | None, Point]:  # fmt: skip
        """Both sides of a branch."""
        one, other = state.copy(), state.copy()
        one.failing |= failing_values(condition, True)
        other.failing |= failing_values(condition, False)
        a = self.run(then, frame, one)
        b = self.run(otherwise, frame, other) if otherwise else Flow((), (Ending(How.FALL, other),))
        if not a.leaves() and not b.leaves():
            out += join_sides(expression, a, b, place)
            falls = a.falls(), b.falls()
            if falls[0] and falls[1]:
                left, right = merge_all(falls[0]), merge_all(falls[1])
                return todo, merge_states(condition, left, right)
            if falls[0] or falls[1]:
                return todo, merge_all(falls[0] or falls[1])
            return Flow(tuple(out), (*a.endings, *b.endings))
        if a.falls():
            a = self._continue_side(a, then, todo, frame, one)
        if b.falls():
            b = self._continue_side(b, otherwise, todo, frame, other)
        out += join_sides(expression, a, b, place)
        return Flow(tuple(out), (*a.endings, *b.endings))

    def _continue_side(
        self, flow: Flow, side: Todo | None, todo: Todo, frame: Called, state: Point
    ) -> Flow:
        """A side of a branch with all that follows the branch."""
        falls = flow.falls()
        if len(flow.endings) == 1 or not flow.leaves():
            rest = self.run(todo, frame, merge_all(falls))
            kept = tuple(e for e in flow.endings if e.how is not How.FALL)
            return Flow((*flow.nodes, *rest.nodes), (*kept, *rest.endings))
        whole = replace(side, after=todo) if side is not None else todo
        return self.run(whole, frame, state.copy())

    def _walk_switch(
        self, statement: Statement, todo: Todo, frame: Called, state: Point, out: list[Node]
    ) -> Flow | tuple[Todo | None, Point]:
        """A switch as branches: each label starts a list that runs to its `break`."""
        subject = self.value(self._read_head(statement, frame), frame, state, out)
        body = statement.children
        if len(body) == 1 and body[0].kind == "block":
            body = body[0].children
        labels = read_cases(body, frame)
        chain = next((Todo(body, at) for _, default, at in labels if default), None)
        conditions: list[tuple[CTree, Todo]] = []
        for values, default, at in labels:
            tests = [
                CTree(
                    ExpressionKind.BINARY, "==", (subject, v), statement.start, statement.end, frame
                )
                for v in values
            ]
            while len(tests) > 1:
                parts = (tests.pop(0), tests.pop(0))
                either = CTree(
                    ExpressionKind.BINARY, "||", parts, statement.start, statement.end, frame
                )
                tests.insert(0, either)
            if tests and not default:
                conditions.append((tests[0], Todo(body, at)))
        return self._walk_tests(conditions, chain, todo, frame, state, out, statement)

    def _walk_tests(
        self, conditions: list[tuple[CTree, Todo]], default: Todo | None, todo: Todo, frame: Called,
        state: Point, out: list[Node], statement: Statement,
    ) -> Flow | tuple[Todo | None, Point]:  # fmt: skip
        """A chain of tests, each with its statements, then the default's."""
        place = frame.function.place(statement.start)
        flows: list[tuple[CTree, Flow]] = []
        for condition, side in conditions:
            flows.append((condition, self._end_break(self.run(side, frame, state.copy()))))
        last = (
            self._end_break(self.run(default, frame, state.copy()))
            if default
            else Flow((), (Ending(How.FALL, state.copy()),))
        )
        leaving = last.leaves() or any(flow.leaves() for _, flow in flows)
        if leaving:
            flows = [(c, self._follow_case(flow, todo, frame)) for c, flow in flows]
            last = self._follow_case(last, todo, frame)
        nodes = last.nodes
        endings = list(last.endings)
        for condition, flow in reversed(flows):
            expression = self.expression(condition, frame, state)
            nodes = tuple(join_sides(expression, flow, Flow(nodes, tuple(endings)), place))
            endings += flow.endings
        out += nodes
        falls = [e.state for e in endings if e.how is How.FALL]
        if leaving or not falls:
            return Flow(tuple(out), tuple(endings))
        return todo, merge_all(falls)

    def _follow_case(self, flow: Flow, todo: Todo, frame: Called) -> Flow:
        """A case that may leave with what follows the switch."""
        if not flow.falls():
            return flow
        rest = self.run(todo, frame, merge_all(flow.falls()))
        kept = tuple(e for e in flow.endings if e.how is not How.FALL)
        return Flow((*flow.nodes, *rest.nodes), (*kept, *rest.endings))

    def _end_break(self, flow: Flow) -> Flow:
        """A case's flow: its `break` ends the switch alone."""
        endings = tuple(replace(e, how=How.FALL) if e.how is How.BREAK else e for e in flow.endings)
        return Flow(strip_breaks(flow.nodes), endings)

    def _fork_configured(
        self, groups: Sequence[tuple[str, Todo]], todo: Todo, frame: Called, state: Point,
        out: list[Node], statement: Statement,
    ) -> Flow | tuple[Todo | None, Point]:  # fmt: skip
        """The branches of an #if: alternatives of the build."""
        if not groups:
            return todo, state
        (text, first), *others = groups
        place = frame.function.place(statement.start)
        if text in ("0", "1") or not text:
            self._skip(first if text == "0" else None, frame)
            if text == "0":
                return self._fork_configured(others, todo, frame, state, out, statement)
            for _, other in others:
                self._skip(other, frame)
            return replace(first, after=todo), state
        condition = CTree(ExpressionKind.UNKNOWN, text)
        rest = None
        if others:
            left = Alternatives("directive", statement.start, statement.end, groups=tuple(others))
            rest = Todo((left,))
        return self._fork_flow(
            condition, Configured(text), first, rest, todo, frame, state, out, place
        )

    # -- simple statements -------------------------------------------------------------------------

    def _walk_simple(
        self, statement: Statement, todo: Todo, frame: Called, state: Point, out: list[Node]
    ) -> Flow | Todo | None:
        """One statement: None where the next follows, the flow from a `return`, or where goto leads."""
        code = frame.function.code
        start, end = statement.start, statement.end
        end -= code.at(end - 1) == ";"
        word = code.at(start)
        if word == "return":
            return self._walk_return(start + 1, end, frame, state)
        if word in ("break", "continue"):
            return self._leave(word, state)
        if word == "goto":
            return self._walk_goto(code.at(start + 1), statement, frame, state)
        if any(token[0] == "#" for token in code.span(start, end)):
            self._mark_unread(statement, frame, out)
            return None
        if is_declaration(code.span(start, statement.end)):
            self.declare(start, end, frame, state, out)
            return None
        if start < end:
            tree = parse_expression(code.tokens, start, end, frame)
            self.last = self.value(tree, frame, state, out)
            if tree.kind is ExpressionKind.CALL and tree.parts[0].text in _NO_RETURN:
                return Flow((), (Ending(How.ERROR, state),))
        return None

    def _walk_return(self, start: int, end: int, frame: Called, state: Point) -> Flow:
        out: list[Node] = []
        if start >= end:
            left = (make_leave(returns=True),) if frame.loops else ()
            return Flow(left, (Ending(How.RETURN, state),))
        tree = parse_expression(frame.function.code.tokens, start, end, frame)
        value = self.folded(self.value(tree, frame, state, out), frame)
        how = How.ERROR if self._is_error(value, frame, state) else How.RETURN
        if value.kind is ExpressionKind.CONDITIONAL:
            out += self._check_chosen(value, frame, state, frame.function.place(start))
        if how is How.RETURN and frame.loops:
            out.append(make_leave(returns=True))
        return Flow(tuple(out), (Ending(how, state, value),))

    def _check_chosen(self, value: CTree, frame: Called, state: Point, place: Place) -> list[Node]:
        """A check of the condition that chooses between success and an error."""
        condition, *sides = value.parts
        fails = [self._is_error(side, frame, state) for side in sides]
        if fails[0] == fails[1]:
            return []
        holds = self.expression(condition, frame, state)
        check = Check(negate_condition(holds) if fails[0] else holds, place)
        left = sides[0] if fails[1] else sides[1]
        more = (
            self._check_chosen(left, frame, state, place)
            if left.kind is ExpressionKind.CONDITIONAL
            else []
        )
        return [check, *more]

    def _is_error(self, value: CTree, frame: Called, state: Point) -> bool:
        """Whether what is returned says that the stream is not to be used: a negative number."""
        number = self.meanings.fold(value, str(frame.function.source.path))
        if number is not None:
            return number < 0 or (number > 0 and self.direction == Direction.PUT and not frame.key)
        if (
            value.kind is ExpressionKind.UNARY
            and value.text == "-"
            and value.parts[0].kind is ExpressionKind.NAME
        ):
            return True
        return value in state.failing

    def _leave(self, word: str, state: Point) -> Flow:
        """A path's end in a loop or a switch."""
        if word == "continue":
            return Flow((), (Ending(How.CONTINUE, state),))
        return Flow((make_leave(returns=False),), (Ending(How.BREAK, state),))

    def _walk_goto(
        self, label: str, statement: Statement, frame: Called, state: Point
    ) -> Flow | Todo:
        """Go on at a label of the function's own list that stands further down."""
        code = frame.function.code
        for at, other in enumerate(code.nodes):
            named = other.kind == "label" and code.tokens[other.start] == label
            if named and other.start > statement.start:
                return Todo(code.nodes, at)
        place = frame.function.place(statement.start)
        node = Opaque(f"goto {label}", "a jump that is not followed", None, place)
        return Flow((node,), (Ending(How.RETURN, state),))

    def _join(self, label: Statement, frame: Called, state: Point) -> None:
        """A label that a goto further down leads back to: what changes on the way is not known."""
        code = frame.function.code
        name = code.tokens[label.start]
        jumps = [
            at
            for at in range(label.end, len(code.tokens) - 1)
            if code.tokens[at] == "goto" and code.tokens[at + 1] == name
        ]
        if jumps:
            for key in LoopReader(self, frame).changed_in(((label.end, jumps[-1]),), state):
                state.env[key] = CTree(ExpressionKind.UNKNOWN, key)
            state.memory.clear()
            state.sent.clear()

    # -- functions ---------------------------------------------------------------------------------

    def inline(
        self, function: FunctionText, frame: Called, call: CTree, values: Sequence[CTree],
        state: Point, out: list[Node],
    ) -> CTree:  # fmt: skip
        """A called function's nodes, with its parameters' values put in."""
        key = f"{frame.key}/{frame.function.function.start + frame.function.offsets[call.start]}"
        inner = Called(function, key, {}, (*frame.callers, function.name))
        self._start(inner, values, state)
        flow = self.run(Todo(function.code.nodes), inner, state.copy())
        out += [n for n in flow.nodes if not isinstance(n, Leave)]
        ends = [e for e in flow.endings if e.how is not How.ERROR]
        if ends:
            after = merge_all([e.state for e in ends])
            state.env = {k: v for k, v in after.env.items() if not k.startswith(key + ":")}
            state.memory, state.sent, state.carriers = after.memory, after.sent, after.carriers
        returned = {e.value for e in ends if e.value is not None}
        if len(returned) == 1 and len(ends) == sum(e.value is not None for e in ends):
            return returned.pop()
        return RESULT

    def run_block(self, frame: Called, state: Point, out: list[Node]) -> CTree:
        """A statement expression's, or a macro's, statements."""
        self.last = CTree(ExpressionKind.UNKNOWN, "")
        flow = self.run(Todo(frame.function.code.nodes), frame, state)
        out += flow.nodes
        falls = flow.falls()
        if falls:
            after = merge_all(falls)
            state.env, state.memory, state.sent = after.env, after.memory, after.sent
        return self.last

    last: CTree = CTree(ExpressionKind.UNKNOWN, "")
