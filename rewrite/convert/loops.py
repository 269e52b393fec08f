# SPDX-License-Identifier: GPL-2.0-or-later
"""A get in the condition of a loop, as a visit and a test that the loop's body begins with.

before: while ((lot = qemu_get_sbe32(f)) > 0) {     after: for (;;) {
            use(lot);                                          visit_type_int32(v, "lot", &lot, errp);
        }                                                      if (lot <= 0) {
                                                                   break;
                                                               }
                                                               use(lot);
                                                           }

Both read once before each turn, and `continue` and `break` go where they went. Everything here is pure
and answers a question about the old text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tree_sitter import Node

from ..c.macros import ASSIGNING
from ..c.syntax import text_of
from ..c.types import Resolved
from . import layout
from .context import FileContext
from .forms import MEASURING, has_labels
from .sites import Site, inner_expression

_KEPT = re.compile(rb"/[*/]|\\|\{")
"""What in a condition keeps a get in its place."""
_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


@dataclass(frozen=True)
class LoopTest:
    """When a loop ends: `{before}VALUE{after}`, where VALUE is what was read, or the variable that it is
    assigned to before, if `target` is one. `alone` says that the value is looked at for 0 alone.
    """

    before: str
    after: str
    target: Node | None = None
    alone: bool = False


def body_of(site: Site) -> Node:
    """The block of the loop that a get is in the condition of."""
    assert site.statement is not None
    body = site.statement.child_by_field_name("body")
    assert body is not None
    return body


def may_test_inside(context: FileContext, site: Site) -> bool:
    """Whether the loop may be `for (;;)` with the test in its body.

    Not when a jump may enter its body, when that begins on the line of its brace, when the condition
    holds a comment or a splice, or operators that look at types beside the call.
    """
    assert site.statement is not None and site.call is not None
    data, body = context.data, body_of(site)
    head = data[site.statement.start_byte : body.start_byte]
    if _KEPT.search(head) or MEASURING.search(head) or is_left_of_comma(site.call):
        return False
    fresh = layout.rest_of_line(context.syntax, body.start_byte + 1) is not None
    return fresh and not has_labels(body)


def is_left_of_comma(call: Node) -> bool:
    """Whether nothing takes the value of a call, for a comma operator throws it away."""
    parent = call.parent
    return (
        parent is not None
        and parent.type == "comma_expression"
        and parent.child_by_field_name("left") == call
    )


def test_of(context: FileContext, site: Site) -> LoopTest:
    """The test that ends the loop; see Test."""
    assert site.statement is not None and site.call is not None
    condition = site.statement.child_by_field_name("condition")
    whole = inner_expression(condition) if condition is not None else None
    assert whole is not None
    if (simple := _find_test(context, whole, site.call)) is not None:
        return simple
    before, after = (
        re.sub(r"\s*\n\s*", " ", context.data[start:end].decode("latin-1"))
        for start, end in (
            (whole.start_byte, site.call.start_byte), (site.call.end_byte, whole.end_byte)
        )
    )  # fmt: skip
    return LoopTest(f"!({before}", f"{after})")


def _find_test(context: FileContext, whole: Node, call: Node) -> LoopTest | None:
    """The test for a condition that is the call, `!call`, or `call == x`; or an assignment of it."""
    target = _find_assigned(context, whole, call)
    if whole == call or (target is not None and whole.type == "parenthesized_expression"):
        return LoopTest("!", "", target, alone=True)
    operator = whole.child_by_field_name("operator")
    if whole.type == "unary_expression" and operator is not None and operator.type == "!":
        return (
            LoopTest("", "", alone=True) if whole.child_by_field_name("argument") == call else None
        )
    left, right = (whole.child_by_field_name(side) for side in ("left", "right"))
    if whole.type != "binary_expression" or operator is None or left is None or right is None:
        return None
    target = _find_assigned(context, left, call)
    exact = operator.type in ("==", "!=") or (
        right.type == "number_literal" and text_of(right, context.data).isdigit()
    )
    if operator.type not in _OPPOSITE or not exact or (left != call and target is None):
        return None
    return LoopTest("", f" {_OPPOSITE[operator.type]} {text_of(right, context.data)}", target)


def _find_assigned(context: FileContext, node: Node, call: Node) -> Node | None:
    """The variable of `(x = call)`, if reading it once more is as good as the value."""
    inner = inner_expression(node) if node.type == "parenthesized_expression" else node
    if inner is None or inner.type != "assignment_expression":
        return None
    left, operator = (inner.child_by_field_name(field) for field in ("left", "operator"))
    plain = operator is not None and operator.type == "="
    if not plain or inner.child_by_field_name("right") != call or left is None:
        return None
    return left if left.type == "identifier" and not _is_macro(context, left) else None


def _is_macro(context: FileContext, name: Node) -> bool:
    return bool(context.macros.of(text_of(name, context.data)))


def is_settled(resolved: object) -> bool:
    """Whether reading a variable twice gives one value: nothing but the program changes it."""
    return isinstance(resolved, Resolved) and not resolved.qualifiers & {"volatile", "_Atomic"}


def visits_after_declarations(context: FileContext, site: Site) -> bool:
    """Whether the visit may stand after the declarations that the loop's body begins with.

    Not when one of them does more than to name a variable and set it to a name or number, declares a
    name that the condition uses, or is under an #if: then the visit is first in the body.
    """
    assert site.statement is not None
    body = body_of(site)
    around = context.syntax.branches_at(body.start_byte)
    condition = site.statement.child_by_field_name("condition")
    assert condition is not None
    used = context.expand_name(condition).names
    for declaration in layout.leading_declarations(body):
        made = context.expand_name(declaration)
        _, _, values = " ".join(made.tokens).partition("=")
        if context.syntax.branches_at(declaration.start_byte) != around or not made.whole:
            return False
        if "(" in made.tokens or "typeof" in made.tokens or made.names & used - {"const"}:
            return False
        if set(values.split()) & {"*", "->", ".", "[", "{", *(ASSIGNING - {"="})}:
            return False
    return True
