# SPDX-License-Identifier: GPL-2.0-or-later
"""What the compiler would say of a value of the wire's type, and did not say of the getter's."""

from __future__ import annotations

from tree_sitter import Node

from ..rules.ruleset import Visit
from .constants import End, is_within
from .context import FileContext
from .sites import Site

_COMPARING = frozenset(("<", "<=", ">", ">=", "==", "!="))


def _compares_with_end(operator: str, *, gets_left: bool) -> End | None:
    """The end of a type's range that a comparison says nothing with: `get >= 0`, `get <= 255`."""
    if operator in ("==", "!="):
        return None
    return End.LOW if (operator in ("<", ">=")) == gets_left else End.HIGH


def shows_range(context: FileContext, site: Site, visit: Visit) -> bool:
    """Whether the compiler would see, and say, that a temporary of the wire's type never has the value
    that the get is compared with; in its place, and of the getter's type, it does not look.

    before: if (qemu_get_byte(f) > -1) {   after: if (({ uint8_t x = 0; ...; (int)x; }) > -1) {
    before: if (qemu_get_byte(f) >= 0) {   after: the same, with `>= 0`
    """
    node = site.call
    while (parent := node.parent if node is not None else None) is not None:
        if parent.type == "binary_expression":
            operator = parent.child_by_field_name("operator")
            sides = [parent.child_by_field_name(side) for side in ("left", "right")]
            other = next((side for side in sides if side is not None and side != node), None)
            if operator is None or other is None or operator.type not in _COMPARING:
                return False
            at_end = _compares_with_end(operator.type, gets_left=sides[0] == node)
            return not is_within(context, other, visit.c_type, at_end)
        if parent.type == "switch_statement":
            body = parent.child_by_field_name("body")
            cases = body.named_children if body is not None else []
            labels = [c.child_by_field_name("value") for c in cases if c.type == "case_statement"]
            return not all(is_within(context, v, visit.c_type) for v in labels if v is not None)
        if _operator_of(parent) == "~":
            return _is_tested(parent)
        if parent.type not in ("parenthesized_expression", "cast_expression"):
            return False
        node = parent
    return False


def _is_tested(complement: Node) -> bool:
    """Whether the complement of a value, which is no 0 for one that is small and unsigned, is compared
    or a condition: `if (~qemu_get_be16(f)) {`."""
    node, parent = complement, complement.parent
    while parent is not None and parent.type == "parenthesized_expression":
        node, parent = parent, parent.parent
    if parent is None:
        return False
    tests = _operator_of(parent) in _COMPARING | {"!", "&&", "||"}
    return tests or parent.child_by_field_name("condition") == node


def _operator_of(node: Node) -> str:
    operator = node.child_by_field_name("operator")
    return operator.type if operator is not None else ""
