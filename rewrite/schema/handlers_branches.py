# SPDX-License-Identifier: GPL-2.0-or-later
"""Branches of handlers: what #if, if and switch choose between, and two sides as nodes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..wire.text import Node as Statement
from .expression import Constant, Expression
from .handlers_c import CTree, ExpressionKind, parse_expression
from .handlers_moves import negate_condition
from .handlers_paths import Flow, How, Leave, Todo
from .handlers_values import Called
from .model import Branch, Check, Node, Place


@dataclass(frozen=True)
class Alternatives(Statement):
    """The branches of an #if after the first, as one statement."""

    groups: tuple[tuple[str, Todo], ...] = ()


def next_statement(todo: Todo) -> Statement | None:
    """The statement that comes next in the same list."""
    return todo.statements[todo.at] if todo.at < len(todo.statements) else None


def opens_conditional(statement: Statement, frame: Called) -> bool:
    """Whether a statement is an #if or what is left of one."""
    if isinstance(statement, Alternatives):
        return True
    token = frame.function.code.tokens[statement.start]
    return statement.kind == "directive" and token.startswith("#if")


def conditional_group(
    todo: Todo, statement: Statement, frame: Called
) -> tuple[tuple[tuple[str, Todo], ...], Todo]:
    """The branches of the #if that is before `todo`, with their conditions, and what follows #endif."""
    if isinstance(statement, Alternatives):
        return statement.groups, todo
    groups: list[tuple[str, Todo]] = []
    tokens = frame.function.code.tokens
    condition, first, depth = _read_condition(tokens[statement.start]), todo.at, 0
    for at in range(todo.at, len(todo.statements)):
        node = todo.statements[at]
        word = tokens[node.start] if node.kind == "directive" else ""
        if word.startswith("#if"):
            depth += 1
        elif word.startswith("#endif") and depth:
            depth -= 1
        elif word.startswith(("#el", "#endif")) and not depth:
            groups.append((condition, Todo(todo.statements[first:at])))
            if word.startswith("#endif"):
                return tuple(groups), replace(todo, at=at + 1)
            condition, first = _read_condition(word), at + 1
    groups.append((condition, Todo(todo.statements[first:])))
    return tuple(groups), replace(todo, at=len(todo.statements))


def _read_condition(directive: str) -> str:
    """The condition of an #if, #ifdef, #ifndef or #elif; that of #else is always so."""
    word, _, rest = directive.lstrip("# ").partition(" ")
    if word in ("ifdef", "ifndef"):
        return ("!" if word == "ifndef" else "") + f"defined({rest.strip()})"
    match = re.match(r"(?:el)?if\s*(.*)", directive.lstrip("# "), re.DOTALL)
    return match[1].strip() if match else "1"


def join_sides(condition: Expression, a: Flow, b: Flow, place: Place) -> list[Node]:
    """Two sides of a branch as nodes: a side that fails is a check, and what both end with follows."""
    fails = [all(e.how is How.ERROR for e in flow.endings) for flow in (a, b)]
    if fails[0] and fails[1]:
        return [Branch(condition, a.nodes, b.nodes, place)] if a.nodes or b.nodes else []
    if fails[0]:
        return [*_fail_side(negate_condition(condition), condition, a, place), *b.nodes]
    if fails[1]:
        return [*_fail_side(condition, negate_condition(condition), b, place), *a.nodes]
    then, otherwise = list(a.nodes), list(b.nodes)
    common: list[Node] = []
    while then and otherwise and then[-1] == otherwise[-1] and not isinstance(then[-1], Leave):
        common.append(then.pop())
        otherwise.pop()
    common.reverse()
    if not then and not otherwise:
        return common
    if not then:
        return [Branch(negate_condition(condition), tuple(otherwise), (), place), *common]
    return [Branch(condition, tuple(then), tuple(otherwise), place), *common]


def _fail_side(holds: Expression, fails: Expression, flow: Flow, place: Place) -> list[Node]:
    """A side that ends in an error: what must hold, after what that side moves before it fails."""
    if any(not isinstance(node, Check) for node in flow.nodes):
        never = Check(Constant(0), place)
        return [Branch(fails, (*flow.nodes, never), (), place)]
    return [Check(holds, place)]


def failing_values(condition: CTree, holds: bool) -> frozenset[CTree]:
    """The values that are an error's number where a condition holds, or does not."""
    if condition.kind is ExpressionKind.UNARY and condition.text == "!":
        return failing_values(condition.parts[0], not holds)
    if condition.kind is ExpressionKind.BINARY and condition.text in ("<", "!=", "==", ">", ">="):
        zero = condition.parts[1] == CTree(ExpressionKind.NUMBER, "0")
        says = condition.text in ("<", "!=") if holds else condition.text in ("==", ">=")
        return frozenset((condition.parts[0],)) if zero and says else frozenset()
    if condition.kind is ExpressionKind.BINARY and condition.text == ("&&" if holds else "||"):
        return failing_values(condition.parts[0], holds) | failing_values(condition.parts[1], holds)
    return frozenset((condition,)) if holds else frozenset()


def strip_breaks(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """The nodes without the marks of a switch's own `break`; a loop's are in the loop's nodes."""
    found: list[Node] = []
    for node in nodes:
        if isinstance(node, Leave) and not node.returns:
            continue
        if isinstance(node, Branch):
            then, otherwise = strip_breaks(node.then), strip_breaks(node.otherwise)
            if then or otherwise:
                found.append(replace(node, then=then, otherwise=otherwise))
            continue
        found.append(node)
    return tuple(found)


def read_cases(body: tuple[Statement, ...], frame: Called) -> list[tuple[list[CTree], bool, int]]:
    """The groups of labels of a switch's body: the values, whether `default` is there, where it starts."""
    tokens = frame.function.code.tokens
    found: list[tuple[list[CTree], bool, int]] = []
    at = 0
    while at < len(body):
        values: list[CTree] = []
        default = False
        while at < len(body) and body[at].kind == "label":
            label = body[at]
            default = default or tokens[label.start] == "default"
            if tokens[label.start] == "case":
                values.append(_case_value(tokens, label, frame))
            at += 1
        if values or default:
            found.append((values, default, at))
        at += 1
    return found


def _case_value(tokens: Sequence[str], label: Statement, frame: Called) -> CTree:
    """The value of a case label; a range (GNU C) is not read."""
    return parse_expression(tokens, label.start + 1, label.end - 1, frame)
