# SPDX-License-Identifier: GPL-2.0-or-later
"""A handler's model when all of it is read: values get the names that they turned out to have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from .evaluate import list_leaves
from .expression import Constant, Earlier, Expression, Operation, Unread
from .handlers_loops import common_name
from .handlers_moves import Got, negate_condition
from .handlers_values import PENDING
from .model import Branch, Buffer, Call, Check, Loop, Node, Opaque, Value


def number_nameless(nodes: Sequence[Node], gots: Mapping[str, Got]) -> None:
    """Give a name of their own to values that something depends on and that have none: "value1" ..."""
    count = 0
    for leaf in (leaf for node in nodes for leaf in _list_dependencies(node)):
        got = gots.get(leaf.removeprefix(PENDING))
        if got is not None and not (got.name or got.local or got.callee):
            count += 1
            got.local = f"value{count}"


def _list_dependencies(node: Node) -> Iterator[str]:
    """The names of earlier values that a node depends on."""
    expressions: list[Expression | None] = []
    inner: tuple[Node, ...] = ()
    match node:
        case Buffer():
            expressions = [node.size]
        case Check():
            expressions = [node.condition]
        case Branch():
            expressions, inner = [node.condition], (*node.then, *node.otherwise)
        case Loop():
            expressions, inner = [node.count, node.condition], (*node.head, *node.body)
    for expression in expressions:
        for leaf in list_leaves(expression) if expression is not None else ():
            if isinstance(leaf, Earlier):
                yield leaf.name
    for one in inner:
        yield from _list_dependencies(one)


def name_nodes(nodes: Sequence[Node], gots: Mapping[str, Got]) -> tuple[Node, ...]:
    """The nodes with the names that values which were read turned out to have."""
    return tuple(n for n in (_named_node(node, gots) for node in nodes) if not _is_nothing(n))


def _is_nothing(node: Node) -> bool:
    """Whether a node is a branch without contents, or a check of nothing but a function's result."""
    if isinstance(node, Branch):
        return not node.then and not node.otherwise
    return isinstance(node, Check) and _is_result(node.condition)


def _named_node(node: Node, gots: Mapping[str, Got]) -> Node:
    match node:
        case Value() if node.name.startswith(PENDING):
            got = gots[node.name[len(PENDING) :]]
            known = got.known
            return replace(
                node, name=_final_name(node.name, gots), type=known.type, signed=known.signed,
                enumerators=known.enumerators, declared=known.declared, shift=got.shift,
            )  # fmt: skip
        case Opaque() if node.text.startswith(PENDING):
            return replace(node, text=_final_name(node.text, gots))
        case Buffer():
            return replace(node, size=_settle_names(node.size, gots))
        case Loop():
            body, head = name_nodes(node.body, gots), name_nodes(node.head, gots)
            return replace(
                node, name=common_name((*head, *body)), body=body, head=head,
                count=_settle_names(node.count, gots) if node.count else None,
                condition=_settle_names(node.condition, gots) if node.condition else None,
            )  # fmt: skip
        case Branch():
            condition = _settle_names(node.condition, gots)
            then, otherwise = name_nodes(node.then, gots), name_nodes(node.otherwise, gots)
            if not then:
                condition, then, otherwise = negate_condition(condition), otherwise, ()
            return replace(node, condition=condition, then=then, otherwise=otherwise)
        case Check():
            return replace(node, condition=_settle_names(node.condition, gots))
        case Call() if node.version is not None:
            return replace(node, version=_settle_names(node.version, gots))
    return node


def _is_result(expression: Expression) -> bool:
    """Whether a condition is about nothing but what a function that was read in place returned."""
    if isinstance(expression, Operation):
        operands = [o for o in expression.operands if not isinstance(o, Constant)]
        return bool(operands) and all(map(_is_result, operands))
    return isinstance(expression, Unread) and expression.text in ("", "()")


def _final_name(name: str, gots: Mapping[str, Got]) -> str:
    """The name of a value: its object's, else that of the variable it is kept in."""
    if not name.startswith(PENDING):
        return name
    got = gots[name[len(PENDING) :]]
    return got.name or got.local or got.callee


def _settle_names(expression: Expression, gots: Mapping[str, Got]) -> Expression:
    if isinstance(expression, Earlier):
        return Earlier(_final_name(expression.name, gots))
    if isinstance(expression, Operation):
        operands = tuple(_settle_names(operand, gots) for operand in expression.operands)
        return replace(expression, operands=operands)
    return expression
