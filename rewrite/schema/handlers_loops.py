# SPDX-License-Identifier: GPL-2.0-or-later
"""Loops of handlers: how often each is run, or what ends it.

for (i = 0; i < s->n; i++) ...       the count is s->n
while (n--) ...                      the count is n
while (qemu_get_byte(f)) { ... }     a byte at the head of each round, and the condition on it
for (;;) { get; if (c) break; ... }  the same, whatever stands before the break
QTAILQ_FOREACH(x, &s->q, next) ...   as many rounds as the macro's list has entries
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Protocol

from ..wire.text import Node as Statement
from .expression import Expression, Fact, Unread
from .handlers_c import CTree, ExpressionKind, parse_expression, walk_tree
from .handlers_eval import Evaluator
from .handlers_moves import negate_condition
from .handlers_paths import Ending, Flow, How, Leave, LoopRound, Todo
from .handlers_values import Called, Point, merge_all, path_of, spell_tree
from .model import Branch, Buffer, Check, Loop, Node, Value

_ASSIGNS = frozenset(
    ["=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", "++", "--"]
)
_ONE = CTree(ExpressionKind.NUMBER, "1")
_FIRST = re.compile(r"(.*?)\[")


class Runner(Protocol):
    """What a loop needs of the walker."""

    def run(self, todo: Todo | None, frame: Called, state: Point) -> Flow:
        """What statements move."""

    def value(self, tree: CTree, frame: Called, state: Point, out: list[Node]) -> CTree:
        """The value of an expression."""

    def folded(self, tree: CTree, frame: Called) -> CTree:
        """A tree of constants as its number."""

    def expression(self, tree: CTree, frame: Called, state: Point) -> Expression:
        """A value as an expression of the model."""

    def share_name(self, one: CTree, other: CTree) -> None:
        """Make two values that were read have one name."""


@dataclass(frozen=True)
class _LoopBody:
    """A loop's body after it was run: what it moves, what is known in its end, how paths end."""

    nodes: tuple[Node, ...]
    after: Point
    endings: tuple[Ending, ...]

    @property
    def returns(self) -> tuple[Ending, ...]:
        return tuple(e for e in self.endings if e.how is How.RETURN)

    @property
    def breaks(self) -> bool:
        return any(e.how is How.BREAK for e in self.endings)


class LoopReader:
    """Reads the loops of one function."""

    def __init__(self, walker: Evaluator, frame: Called) -> None:
        """`walker` runs the bodies."""
        self.walker: Runner = walker  # type: ignore[assignment]
        self.frame = frame
        self.code = frame.function.code

    def read(self, statement: Statement, following: Statement | None, state: Point) -> LoopRound:
        """One loop; `following` is the `while (...)` of a do."""
        word = self.code.tokens[statement.start]
        if word == "do":
            return self._read_do(statement, following, state)
        if word == "for":
            return self._read_for(statement, state)
        if word == "while":
            condition = parse_expression(
                self.code.tokens, statement.start + 2, statement.head - 1, self.frame
            )
            return self._read_while(statement, condition, None, (0, 0), state)
        return self._read_macro(statement, state)

    # -- the kinds of loops ------------------------------------------------------------------------

    def _read_do(
        self, statement: Statement, following: Statement | None, state: Point
    ) -> LoopRound:
        body = self._run_body(statement, state, (statement.start, statement.end))
        if following is None or following.kind != "dowhile":
            return self._make_round(statement, body, state, None, None, ())
        end = following.end - (self.code.at(following.end - 1) == ";")
        tree = parse_expression(self.code.tokens, following.start + 2, end - 1, self.frame)
        head: list[Node] = []
        condition = self.walker.folded(
            self.walker.value(tree, self.frame, body.after, head), self.frame
        )
        if condition == CTree(ExpressionKind.NUMBER, "0"):
            nodes = tuple(n for n in body.nodes if not isinstance(n, Leave))
            ended = not any(e.how is not How.RETURN for e in body.endings)
            return LoopRound(nodes, body.after, ended, body.endings if ended else ())
        expression = self.walker.expression(condition, self.frame, body.after)
        body = replace(body, nodes=())
        return self._make_round(statement, body, state, None, expression, (*self._run_nodes, *head))

    def _read_for(self, statement: Statement, state: Point) -> LoopRound:
        start, end = statement.start + 2, statement.head - 1
        parts = self._split_head(start, end)
        if len(parts) != 3:
            body = self._run_body(statement, state, (start, end))
            return self._make_round(statement, body, state, None, self._make_unread(statement), ())
        first, test, step = parts
        if first[0] < first[1]:
            self.walker.run(Todo((Statement("simple", *first),)), self.frame, state)
            state = self._initialise_state(first, state)
        if test[0] >= test[1]:
            return self._read_while(statement, None, None, step, state)
        condition = parse_expression(self.code.tokens, *test, self.frame)
        return self._read_while(statement, condition, step, step, state)

    def _initialise_state(self, span: tuple[int, int], state: Point) -> Point:
        flow = self.walker.run(Todo((Statement("simple", *span),)), self.frame, state)
        falls = flow.falls()
        return falls[0] if falls else state

    def _split_head(self, start: int, end: int) -> list[tuple[int, int]]:
        """The spans between the semicolons of a for."""
        parts, begin, at = [], start, start
        while at < end:
            if self.code.tokens[at] == ";":
                parts.append((begin, at))
                begin = at + 1
            at = self.code.partner[at] + 1 if self.code.tokens[at] in ("(", "[", "{") else at + 1
        return [*parts, (begin, end)]

    def _read_while(
        self, statement: Statement, condition: CTree | None, step: tuple[int, int] | None,
        also: tuple[int, int], state: Point,
    ) -> LoopRound:  # fmt: skip
        """A loop with a condition at its head; `also` is a for's step, which belongs to the body."""
        before = state.copy()
        changed = self.changed_in(((statement.start, statement.end), also), state)
        inside = state.copy()
        for key in changed:
            inside.env[key] = CTree(ExpressionKind.UNKNOWN, key)
        head: list[Node] = []
        tested = (
            self.walker.value(condition, self.frame, inside, head)
            if condition is not None
            else CTree(ExpressionKind.NUMBER, "1")
        )
        body = self._run_body(statement, inside, also)
        if also[0] < also[1]:
            self._initialise_state(also, body.after)
        endless = self.walker.folded(tested, self.frame)
        if endless.kind is ExpressionKind.NUMBER and endless.text != "0":
            return self._make_round(statement, body, before, None, None, tuple(head), endless=True)
        count = self._count(tested, before, body.after, changed)
        if count is not None and not head:
            return self._make_round(statement, body, before, count, None, ())
        tested = self._read_last(tested, before, body.after)
        expression = self.walker.expression(tested, self.frame, inside)
        last = inside if head else before  # what the head read is known where it ends the loop
        return self._make_round(statement, body, last, None, expression, tuple(head))

    def _read_last(self, tested: CTree, before: Point, after: Point) -> CTree:
        """A loop's condition on what was read before it, and anew in each round, with what was read.

        get(n); while (n) { ...; get(n); }    n is the latest value of that name in every round
        """
        if tested.kind is ExpressionKind.UNKNOWN:
            first, again = before.env.get(tested.text), after.env.get(tested.text)
            if first and again and first.kind is again.kind is ExpressionKind.GOT:
                self.walker.share_name(first, again)
                return again
        parts = tuple(self._read_last(part, before, after) for part in tested.parts)
        return tested if parts == tested.parts else replace(tested, parts=parts)

    def _read_macro(self, statement: Statement, state: Point) -> LoopRound:
        """A macro that heads a block: its first argument is each entry of the list that it is given."""
        call = self.code.call(statement.start)
        arguments = [
            parse_expression(self.code.tokens, *span, self.frame)
            for span in (call.arguments if call is not None else ())
        ]
        inside = state.copy()
        out: list[Node] = []
        values = [self.walker.value(a, self.frame, inside, out) for a in arguments]
        variable = arguments[0] if arguments else CTree(ExpressionKind.OTHER)
        lists = [v for v in values[1:] if path_of(v) and v.kind is not ExpressionKind.NAME]
        key = self.frame.local(variable.text)
        if variable.kind is ExpressionKind.NAME and key in inside.env and lists:
            entry = CTree(
                ExpressionKind.INDEX, "[]", (lists[0], CTree(ExpressionKind.UNKNOWN, key))
            )
            inside.env[key] = CTree(ExpressionKind.UNARY, "&", (entry,))
        elif variable.kind is ExpressionKind.NAME and key in inside.env:
            inside.env[key] = CTree(ExpressionKind.UNKNOWN, key)
        kept = inside.env.get(key)
        body = self._run_body(statement, inside, (0, 0), key if kept is not None else "")
        name = self.code.tokens[statement.start]
        if out:  # it moves something, so how often is no fact of the device
            unread = Unread(f"{name}()", "a macro's loop that moves something at its head")
            return self._make_round(statement, body, state, None, unread, tuple(out))
        text = ", ".join(spell_tree(v) for v in lists[:1]) or self._head_text(statement)
        return self._make_round(statement, body, state, Fact(f"{name}({text})"), None, ())

    # -- counts ------------------------------------------------------------------------------------

    def _count(
        self, tested: CTree, before: Point, after: Point, changed: set[str]
    ) -> Expression | None:
        """How often a loop runs whose condition compares a counter with what stays the same."""
        tree = self._count_rounds(tested, before, after, changed)
        if tree is None or any(
            t.kind is ExpressionKind.UNKNOWN and t.text in changed for t in walk_tree(tree)
        ):
            return None
        return self.walker.expression(self.walker.folded(tree, self.frame), self.frame, before)

    def _count_rounds(
        self, tested: CTree, before: Point, after: Point, changed: set[str]
    ) -> CTree | None:
        if tested.kind is ExpressionKind.BINARY and tested.text in ("<", "<=", ">", ">=", "!="):
            left, right = tested.parts
            operator = tested.text
            if left.kind is not ExpressionKind.UNKNOWN or left.text not in changed:
                left, right = right, left
                operator = operator.translate(str.maketrans("<>", "><"))
            step = self._step_of(left, after)
            start = before.env.get(left.text)
            if step is None or start is None or left.text not in changed:
                return None
            return self._distance_to(operator, start, right, step)
        if tested.kind is ExpressionKind.UNKNOWN and tested.text in changed:
            start, step = before.env.get(tested.text), self._step_of(tested, after)
            return start if step == -1 else None
        return None

    def _step_of(self, counter: CTree, after: Point) -> int | None:
        """By how much a counter changes in each round."""
        new = after.env.get(counter.text)
        if new is None or new.kind is not ExpressionKind.BINARY or new.text not in ("+", "-"):
            return None
        if new.parts[0] != counter or new.parts[1].kind is not ExpressionKind.NUMBER:
            return None
        step = int(new.parts[1].text)
        return step if new.text == "+" else -step

    def _distance_to(self, operator: str, start: CTree, bound: CTree, step: int) -> CTree | None:
        """The number of steps from `start` to `bound`."""
        if step == 0 or ((step > 0) != (operator in ("<", "<=", "!=")) and operator != "!="):
            return None
        first, last = (start, bound) if step > 0 else (bound, start)
        tree = (
            last
            if first == CTree(ExpressionKind.NUMBER, "0")
            else self._make_binary("-", last, first)
        )
        if operator in ("<=", ">="):
            tree = self._plus_one(tree)
        size = abs(step)
        if size > 1:
            wide = self._make_binary("+", tree, CTree(ExpressionKind.NUMBER, str(size - 1)))
            tree = self._make_binary("/", wide, CTree(ExpressionKind.NUMBER, str(size)))
        return tree

    def _plus_one(self, tree: CTree) -> CTree:
        """A tree and 1, without `x - 1 + 1`."""
        if tree.kind is ExpressionKind.BINARY and tree.text == "-" and tree.parts[1] == _ONE:
            return tree.parts[0]
        return self._make_binary("+", tree, _ONE)

    def _make_binary(self, operator: str, left: CTree, right: CTree) -> CTree:
        tree = CTree(
            ExpressionKind.BINARY, operator, (left, right), left.start, left.end, self.frame
        )
        return self.walker.folded(tree, self.frame)

    # -- bodies ------------------------------------------------------------------------------------

    _run_nodes: tuple[Node, ...] = ()

    def changed_in(self, spans: tuple[tuple[int, int], ...], state: Point) -> set[str]:
        """The locals that the tokens of a loop assign to, or that another function may."""
        found: set[str] = set()
        for start, end in spans:
            for at in range(start, end):
                key = self.frame.local(self.code.tokens[at])
                if key not in state.env:
                    continue
                before, after = self.code.at(at - 1), self.code.at(at + 1)
                member = before in (".", "->")
                if not member and (after in _ASSIGNS or before in ("++", "--")):
                    found.add(key)
                value = state.env[key]
                if before == "&" and value.kind is not ExpressionKind.LOCAL and after in (",", ")"):
                    found.add(key)
        return found

    def _run_body(
        self, statement: Statement, state: Point, also: tuple[int, int], kept: str = ""
    ) -> _LoopBody:
        """Run a body from a state in which nothing is known that it changes."""
        start = state.copy()
        for key in self.changed_in(((statement.head, statement.end), also), state) - {kept}:
            start.env[key] = CTree(ExpressionKind.UNKNOWN, key)
        self.frame.loops += 1
        flow = self.walker.run(Todo(statement.children), self.frame, start.copy())
        stale = {
            key for e in flow.endings for key, value in start.memory.items()
            if e.state.memory.get(key) != value
        }  # fmt: skip
        if stale:
            for target in stale:
                del start.memory[target]
            flow = self.walker.run(Todo(statement.children), self.frame, start.copy())
        self.frame.loops -= 1
        ends = [e.state for e in flow.endings if e.how in (How.FALL, How.CONTINUE)]
        after = merge_all(ends) if ends else start
        self._run_nodes = flow.nodes
        return _LoopBody(flow.nodes, after, flow.endings)

    def _make_round(
        self, statement: Statement, body: _LoopBody, before: Point, count: Expression | None,
        condition: Expression | None, head: tuple[Node, ...], *, endless: bool = False,
    ) -> LoopRound:  # fmt: skip
        """The loop as a node, and what is known behind it."""
        states = [e.state for e in body.endings if e.how is How.BREAK]
        after = (
            merge_all([before, body.after, *states])
            if not endless
            else merge_all(states or [body.after])
        )
        nodes, rest = body.nodes, body.nodes
        if condition is None and not head:
            nodes, condition, rest = _split_at_leave(body.nodes)
            head, nodes = (nodes, rest) if condition is not None else ((), body.nodes)
        if all(isinstance(node, Check | Leave) or _only_leaves(node) for node in (*head, *nodes)):
            ended = endless and not body.breaks and bool(body.returns)
            return LoopRound((), after, ended, body.returns if ended else ())
        if condition is None and count is None:
            condition = self._make_unread(statement)
        name = common_name((*head, *nodes))
        place = self.frame.function.place(statement.start)
        loop = Loop(name, nodes, count, condition, head, place)
        ended = endless and not body.breaks and bool(body.returns)
        return LoopRound((loop,), after, ended, body.returns if ended else ())

    def _make_unread(self, statement: Statement) -> Unread:
        return Unread(self._head_text(statement), "a loop whose end is not followed")

    def _head_text(self, statement: Statement) -> str:
        return self.frame.function.text(statement.start, statement.head)


def _split_at_leave(
    nodes: tuple[Node, ...],
) -> tuple[tuple[Node, ...], Expression | None, tuple[Node, ...]]:
    """A body that ends with `if (c) break; rest` as what is before it, the condition to go on, and rest."""
    last = nodes[-1] if nodes else None
    if isinstance(last, Branch):
        if len(last.then) == 1 and isinstance(last.then[0], Leave):
            return nodes[:-1], negate_condition(last.condition), last.otherwise
        if len(last.otherwise) == 1 and isinstance(last.otherwise[0], Leave):
            return nodes[:-1], last.condition, last.then
    return nodes, None, ()


def _only_leaves(node: Node) -> bool:
    """Whether a branch moves nothing."""
    if not isinstance(node, Branch):
        return isinstance(node, Leave | Check)
    return all(map(_only_leaves, (*node.then, *node.otherwise)))


def common_name(nodes: tuple[Node, ...]) -> str:
    """What a loop is called: the array that all of its named values are elements of."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, Value | Buffer) and node.name:
            match = _FIRST.match(node.name)
            found.add(match[1] if match else "")
        elif isinstance(node, Branch):
            found.add(common_name((*node.then, *node.otherwise)))
        elif isinstance(node, Loop):
            found.add(node.name)
    return found.pop() if len(found) == 1 else ""
