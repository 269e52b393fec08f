# SPDX-License-Identifier: GPL-2.0-or-later
"""What a local variable stands for, to name its visit after the field and not after the variable.

`asid = tlb->ASID; qemu_put_8s(f, &asid)` saves ASID; `tmp = qemu_get_be32(f); env->index = tmp`
loads index. Only names depend on this, never what travels.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from tree_sitter import Node

from ..c.locals import locals_around
from ..c.syntax import text_of
from ..terms import Direction
from .names import names_accessor, root_of
from .sites import Site, compared_with, inner_expression

_REACH = 8
"""How many statements before a put or after a get are looked at."""


def field_behind(
    site: Site, variable: Node, data: bytes, through_calls: bool = True
) -> Node | None:
    """The expression for the field that a local variable, or a part of it, carries at a site, or None.

    It may be a call, where the field is behind a function that gets or sets it. A part is of a union
    that is the field in another form: `u.d = env->fpr[i]; qemu_put_be32(f, u.l.upper)`.
    """
    name = _local_behind(site, variable, data)
    if not name or site.statement is None:
        return None
    chain = site.place.chain
    at = chain.index(site.statement)
    block = next((n for n in reversed(chain[:at]) if n.type == "compound_statement"), None)
    if block is None or block != chain[at - 1]:
        return None
    siblings, places = _statements_of(block)
    index = places.get(site.statement.id)
    if index is None:
        return None
    if site.primitive.direction == Direction.PUT:
        return _assigned_before(reversed(siblings[max(0, index - _REACH) : index]), name, data)
    after = siblings[index + 1 : index + 1 + _REACH]
    field = _used_after(after, name, text_of(site.stream, data), data)
    uses = [s for s in after if _mentions_name(s, name, data)]
    made = [
        s for s in uses if (a := _find_assignment(s)) is not None and _assigns_call(a, name, data)
    ]
    unpacked = len(uses) > 1 or not through_calls
    return None if field is not None and made and unpacked else field


@lru_cache(maxsize=16)
def _statements_of(block: Node) -> tuple[list[Node], dict[int, int]]:
    """What is in a block but comments, and the place of each node in it: read once, for all sites."""
    siblings = [c for c in block.named_children if c.type != "comment"]
    return siblings, {node.id: index for index, node in enumerate(siblings)}


def _local_behind(site: Site, variable: Node, data: bytes) -> str:
    """The variable that is, or holds, what travels; empty where it is no local that does."""
    if variable.type == "identifier":
        return text_of(variable, data)
    root, text = root_of(variable, data), text_of(variable, data)
    if root is None or "->" in text or "[" in text:
        return ""
    name = text_of(root, data)
    locals_ = (x for x in locals_around(site.place.chain, site.start, data) if not x.parameter)
    return name if any(d.name == name for x in locals_ for d in x.declared) else ""


def _is_of(left: Node, name: str, data: bytes) -> bool:
    """Whether an assignment's left side is a variable or a part of it."""
    root = root_of(left, data)
    return root is not None and text_of(root, data) == name and "->" not in text_of(left, data)


def _mentions_name(node: Node, name: str, data: bytes) -> bool:
    return re.search(rf"(?<![\w.>]){re.escape(name)}\b", text_of(node, data)) is not None


def _find_assignment(statement: Node) -> Node | None:
    if statement.type != "expression_statement" or not statement.named_children:
        return None
    inner = statement.named_children[0]
    return inner if inner.type == "assignment_expression" else None


def _is_plain(assignment: Node) -> bool:
    operator = assignment.child_by_field_name("operator")
    return operator is not None and operator.type == "="


def _assigns_call(assignment: Node, name: str, data: bytes) -> bool:
    """Whether what is assigned is what a function makes of a variable."""
    right = assignment.child_by_field_name("right")
    while right is not None and right.type in ("cast_expression", "parenthesized_expression"):
        right = inner_expression(right)
    return (
        right is not None and right.type == "call_expression" and _mentions_name(right, name, data)
    )


def _assigned_before(statements: Iterator[Node], name: str, data: bytes) -> Node | None:
    for statement in statements:
        if not _mentions_name(statement, name, data):
            continue
        assignment = _find_assignment(statement)
        if assignment is not None:
            left, right = (
                assignment.child_by_field_name("left"),
                assignment.child_by_field_name("right"),
            )
            if left is not None and _is_of(left, name, data):
                return _field_in(right, data) if _is_plain(assignment) else None
        if statement.type == "declaration":
            return _initial_field(statement, name, data)
        if assignment is None and statement.type != "expression_statement":
            return None
    return None


def _initial_field(declaration: Node, name: str, data: bytes) -> Node | None:
    for declarator in declaration.named_children:
        target = declarator.child_by_field_name("declarator")
        if (
            declarator.type == "init_declarator"
            and target is not None
            and text_of(target, data) == name
        ):
            return _field_in(declarator.child_by_field_name("value"), data)
    return None


def _field_in(value: Node | None, data: bytes) -> Node | None:
    """The field, element or accessor's call that a value is made from, and no other variable."""
    if value is None:
        return None
    while value.type in ("cast_expression", "parenthesized_expression", "binary_expression"):
        if value.type == "binary_expression" and not _is_offset(value):
            return None
        inner = value.child_by_field_name("left") or inner_expression(value)
        if inner is None:
            return None
        value = inner
    if value.type == "call_expression":
        return value if names_accessor(value, data) else None
    return value if value.type in ("field_expression", "subscript_expression") else None


def _is_offset(value: Node) -> bool:
    """Whether the value is its left operand moved by something: what is packed or compared is another."""
    operator = value.child_by_field_name("operator")
    return operator is not None and operator.type in ("+", "-")


def _carries_name(value: Node, name: str, data: bytes) -> bool:
    """Whether a value is a variable, or a part of it, moved or put through a function at most."""
    while value.type in ("cast_expression", "parenthesized_expression"):
        inner = inner_expression(value)
        if inner is None:
            return False
        value = inner
    if value.type == "binary_expression":
        calls = any(n.type == "call_expression" for n in value.named_children)
        left = value.child_by_field_name("left")
        return (
            _is_offset(value) and not calls and left is not None and _carries_name(left, name, data)
        )
    if value.type == "call_expression":
        arguments = value.child_by_field_name("arguments")
        given = arguments.named_children if arguments is not None else []
        return any(_is_of(a, name, data) for a in given)
    return _is_of(value, name, data)


def _used_after(statements: list[Node], name: str, stream: str, data: bytes) -> Node | None:
    for statement in statements:
        if not _mentions_name(statement, name, data):
            continue
        if statement.type == "if_statement" and (field := _checked_against(statement, name, data)):
            return field
        if statement.type != "expression_statement":
            continue
        assignment = _find_assignment(statement)
        if assignment is None:
            return _passed_to(statement, name, stream, data)
        left, right = (
            assignment.child_by_field_name("left"),
            assignment.child_by_field_name("right"),
        )
        if left is None or right is None or text_of(left, data) == name:
            return None
        if _mentions_name(right, name, data):
            return left if _carries_name(right, name, data) and left.type != "identifier" else None
    return None


def _checked_against(statement: Node, name: str, data: bytes) -> Node | None:
    """`if (tmp != s->inputs)`: what is read must be what the device has there already."""
    condition = statement.child_by_field_name("condition")
    comparison = inner_expression(condition) if condition is not None else None
    if comparison is None or comparison.type != "binary_expression":
        return None
    for side in ("left", "right"):
        one = comparison.child_by_field_name(side)
        if one is not None and one.type == "identifier" and text_of(one, data) == name:
            other = compared_with(comparison, one.start_byte)
            fields = ("field_expression", "subscript_expression", "pointer_expression")
            return other if other is not None and other.type in fields else None
    return None


def _passed_to(statement: Node, name: str, stream: str, data: bytes) -> Node | None:
    """`cpu_put_psr(env, tmp)`: the value is what the call sets; what prints or copies it is not that.

    Nor is a call that has the stream: it moves something of its own.
    """
    call = statement.named_children[0] if statement.named_children else None
    if call is None or call.type != "call_expression" or not names_accessor(call, data):
        return None
    arguments = call.child_by_field_name("arguments")
    values = (
        [a for a in arguments.named_children if a.type != "comment"]
        if arguments is not None
        else []
    )
    names = [text_of(v, data) for v in values if v.type == "identifier"]
    return call if len(values) > 1 and name in names and stream not in names else None
