# SPDX-License-Identifier: GPL-2.0-or-later
"""One form for models that mean the same bytes, so that they can be laid beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .evaluate import simplify_expression
from .expression import Constant, Earlier, Expression, Operation, Version
from .model import Branch, Buffer, Call, Check, Choice, Loop, Node, Value

_ZERO = Constant(0)


def normalize_nodes(nodes: Sequence[Node], version: int | None = None) -> tuple[Node, ...]:
    """The nodes in a form in which what makes no difference on the wire is gone.

    Constants are folded, with the version where one is given, and dead branches dropped; checks are
    left out; a branch with one branch in it is one; a loop of one round is its body; paddings side
    by side are one; an alternative that both sides end with follows the branch; entries that are
    each announced by a constant and ended by a 0 are a loop that reads the announcement.

        if (v >= 2) { if (x) { be32 } }   ->   if (v >= 2 && x) { be32 }
        loop n { byte 1, body }, byte 0   ->   loop { head: byte, while it is not 0: body }
    """
    found: list[Node] = []
    held = {simplify_expression(n.condition, version) for n in nodes if isinstance(n, Check)}
    for node in nodes:
        for one in _normalize_node(node, version):
            _append_node(found, one)
    for condition in held:  # a load that fails is none, so that what a check says holds throughout
        found = assume_condition(found, condition, holds=True)
    return tuple(found)


def assume_condition(nodes: Sequence[Node], condition: Expression, *, holds: bool) -> list[Node]:
    """The nodes where a condition is known to hold, or not to: branches on it are decided."""
    contrary = opposite_of(condition)
    found: list[Node] = []
    for node in nodes:
        if isinstance(node, Branch) and node.condition in (condition, contrary):
            taken = node.then if (node.condition == condition) is holds else node.otherwise
            found += assume_condition(taken, condition, holds=holds)
        elif isinstance(node, Branch):
            sides = (
                assume_condition(side, condition, holds=holds)
                for side in (node.then, node.otherwise)
            )
            then, otherwise = map(tuple, sides)
            found.append(replace(node, then=then, otherwise=otherwise))
        elif isinstance(node, Loop):
            body = tuple(assume_condition(node.body, condition, holds=holds))
            found.append(replace(node, body=body))
        else:
            found.append(node)
    return found


def asks_condition(nodes: Sequence[Node], condition: Expression) -> bool:
    """Whether a branch on a condition, or on its opposite, is among the nodes."""
    contrary = opposite_of(condition)
    return any(
        isinstance(node, Branch)
        and (
            node.condition in (condition, contrary)
            or asks_condition((*node.then, *node.otherwise), condition)
        )
        for node in nodes
    )


def substitute_value(nodes: Sequence[Node], name: str, value: Expression) -> list[Node]:
    """The nodes with an earlier value of a name put in, up to where another value has that name."""
    found: list[Node] = []
    for at, node in enumerate(nodes):
        if isinstance(node, Value) and node.name == name:
            return [*found, *nodes[at:]]
        found.append(_substitute_node(node, name, value))
    return found


def put_version(nodes: Sequence[Node], version: Expression) -> tuple[Node, ...]:
    """The nodes with a version in place of their own, as of a table inside of another."""
    return tuple(_substitute_node(node, "", version, Version()) for node in nodes)


def _substitute_node(
    node: Node, name: str, value: Expression, instead: Expression | None = None
) -> Node:
    """A node with `value` in place of an earlier value of that name, or of another expression."""
    old = Earlier(name) if instead is None else instead

    def put(expression: Expression) -> Expression:
        if expression == old:
            return value
        if isinstance(expression, Operation):
            return replace(expression, operands=tuple(map(put, expression.operands)))
        return expression

    def inside(nodes: Sequence[Node]) -> tuple[Node, ...]:
        if instead is not None:
            return tuple(_substitute_node(one, name, value, instead) for one in nodes)
        return tuple(substitute_value(nodes, name, value))

    match node:
        case Buffer():
            return replace(node, size=put(node.size))
        case Branch():
            then, otherwise = inside(node.then), inside(node.otherwise)
            return replace(node, condition=put(node.condition), then=then, otherwise=otherwise)
        case Loop():
            count = None if node.count is None else put(node.count)
            condition = node.condition
            if not any(isinstance(n, Value) and n.name == name for n in (*node.head, *node.body)):
                condition = None if condition is None else put(condition)
            head, body = inside(node.head), inside(node.body)
            return replace(node, count=count, condition=condition, head=head, body=body)
        case Call() if node.version is not None:
            return replace(node, version=put(node.version))
    return node


def _normalize_node(node: Node, version: int | None) -> tuple[Node, ...]:
    match node:
        case Check():
            return ()
        case Buffer():
            size = simplify_expression(node.size, version)
            return () if size == _ZERO else (replace(node, size=size),)
        case Value() if node.constant is not None:
            return (replace(node, constant=simplify_expression(node.constant, version)),)
        case Call() if node.version is not None:
            return (replace(node, version=simplify_expression(node.version, version)),)
        case Branch():
            return _normalize_branch(node, version)
        case Loop():
            return _normalize_loop(node, version)
        case Choice():
            options = tuple(normalize_nodes(option, version) for option in node.options)
            return (replace(node, options=options),)
    return (node,)


def _normalize_branch(node: Branch, version: int | None) -> tuple[Node, ...]:
    condition = simplify_expression(node.condition, version)
    then, otherwise = normalize_nodes(node.then, version), normalize_nodes(node.otherwise, version)
    if isinstance(condition, Constant):
        return then if condition.value else otherwise
    common = 0
    while common < min(len(then), len(otherwise)) and then[-1 - common] == otherwise[-1 - common]:
        common += 1
    after = then[len(then) - common :]
    then, otherwise = then[: len(then) - common], otherwise[: len(otherwise) - common]
    if not then and not otherwise:
        return after
    either = _join_ways(then, otherwise)
    if either is not None:
        return (*either, *after)
    if not then:
        condition, then, otherwise = opposite_of(condition), otherwise, ()
    if not otherwise and len(then) == 1 and isinstance(then[0], Branch) and not then[0].otherwise:
        both = Operation("&&", (condition, then[0].condition))
        return (replace(then[0], condition=both, place=node.place), *after)
    return (replace(node, condition=condition, then=then, otherwise=otherwise), *after)


def _join_ways(then: Sequence[Node], otherwise: Sequence[Node]) -> tuple[Node, ...] | None:
    """What two ways that move numbers of the same widths move, None for any others.

    if (s->set) { be32 len, be64 address } else { be32 0, be64 0 }   ->   be32 len, be64 address
    """
    found: list[Node] = []
    if len(then) != len(otherwise):
        return None
    for one, other in zip(then, otherwise, strict=True):
        if not isinstance(one, Value) or not isinstance(other, Value):
            return None
        if (one.wire, one.shift) != (other.wire, other.shift):
            return None
        known = other if one.constant is not None else one
        found.append(
            replace(known, constant=one.constant if one.constant == other.constant else None)
        )
    return tuple(found)


def _normalize_loop(node: Loop, version: int | None) -> tuple[Node, ...]:
    count = simplify_expression(node.count, version) if node.count is not None else None
    condition = simplify_expression(node.condition, version) if node.condition is not None else None
    head, body = normalize_nodes(node.head, version), normalize_nodes(node.body, version)
    if not head and not body:
        return ()
    if isinstance(count, Constant) and condition is None and count.value <= 1:
        return body if count.value == 1 else ()
    return (replace(node, count=count, condition=condition, head=head, body=body),)


def opposite_of(condition: Expression) -> Expression:
    """The negation of a condition."""
    return simplify_expression(Operation("!", (condition,)))


def _append_node(found: list[Node], node: Node) -> None:
    """Add a node behind others, as one with the last where both are one thing."""
    last = found[-1] if found else None
    if isinstance(node, Buffer) and isinstance(last, Buffer) and node.padding and last.padding:
        size = simplify_expression(Operation("+", (last.size, node.size)))
        found[-1] = replace(last, size=size)
    elif isinstance(last, Loop) and isinstance(node, Value) and node.constant == _ZERO:
        announced = _join_announced(last, node)
        if announced is None:
            found.append(node)
        else:
            found[-1] = announced
    else:
        found.append(node)


def _join_announced(loop: Loop, end: Value) -> Loop | None:
    """A loop whose rounds start with a constant that is not 0, before a 0 of the same width."""
    mark = _first_mark(loop.body) if not loop.head else None
    if mark is None or mark.wire is not end.wire or mark.constant in (None, _ZERO):
        return None
    if not isinstance(mark.constant, Constant):
        return None
    marker = replace(mark, constant=None)
    condition = Operation("!=", (Earlier(marker.name), _ZERO))
    body = loop.body
    while isinstance(body[0], Branch):  # entries that are passed over are not announced
        body = body[0].then
    return replace(loop, count=None, condition=condition, head=(marker,), body=body[1:])


def _first_mark(body: tuple[Node, ...]) -> Value | None:
    first = body[0] if body else None
    if isinstance(first, Branch) and len(body) == 1 and not first.otherwise:
        return _first_mark(first.then)
    return first if isinstance(first, Value) else None
