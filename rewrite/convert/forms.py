# SPDX-License-Identifier: GPL-2.0-or-later
"""The forms that are prettier than the universal one, each with the conditions under which it is right.

The universal form of a put is a compound literal, that of a get a statement expression in its place,
of the getter's own type, and both are right in every expression:

    qemu_put_be16(f, x);    visit_type_uint16(v, "x", &(uint16_t){ x }, errp);
    y = 1 + qemu_get_byte(f);
    y = 1 + ({ uint8_t y = 0; visit_type_uint8(v, "y", &y, errp); (int)y; });

Everything here is pure and answers a question about the old text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from tree_sitter import Node

from ..c.declarations import Base, Name, Pointer, Tag
from ..c.macros import ASSIGNING, is_word
from ..c.order import calls_function, find_acting, sees_type
from ..c.syntax import text_of
from ..c.types import Resolved, Unknown
from ..rules.ruleset import Visit
from ..terms import Direction, Operand
from . import layout
from .constants import fits_literal
from .context import FileContext
from .operands import scalar_names
from .ranges import shows_range
from .sites import Site, Usage

MEASURING = re.compile(rb"\b(?:sizeof|_*typeof_*|_Generic|_*[aA]lignof_*)\b")
"""Operators that look at an operand's type; how far that goes, is for C's grammar to say."""
_SAME = ({"unsigned int", "uint32_t"}, {"int", "int32_t"})
"""Types of one wire width that C takes for one on every host (rules/visits.py, `exact`)."""


def has_address(node: Node, resolved: Resolved) -> bool:
    """Whether an operand may be visited where it is.

    before: qemu_put_be32(f, s->level);   after: visit_type_uint32(v, "level", &s->level, errp);
    before: s->level = qemu_get_be32(f);  after: the same

    Not when it is no lvalue, when finding it has an effect, when its type is not exactly the visit's
    (see FileContext.exact_visit), or its alignment may be less than the type's.
    """
    while node.type == "parenthesized_expression":
        node = node.named_children[0]
    if node.type in ("field_expression", "subscript_expression"):
        return _is_pure(node)
    if node.type == "pointer_expression":
        return node.children[0].type == "*" and _is_pure(node)
    if node.type in ("identifier", "call_expression"):
        return resolved.origin is not None and _is_pure(node)
    return False


def _is_pure(node: Node) -> bool:
    """Whether evaluating the expression makes no object, and has no side effect that could be lost or
    doubled."""
    if node.type in ("assignment_expression", "update_expression", "compound_statement"):
        return False
    if node.type == "compound_literal_expression":
        return False
    if node.type == "call_expression":
        callee = node.child_by_field_name("function")
        if callee is None or callee.type != "field_expression":
            return False
    return all(_is_pure(child) for child in node.named_children)


def without_cast(context: FileContext, site: Site, value: Node, visit: Visit) -> Node:
    """What a literal of the visit's type may hold for a value: the same without a cast to that type.

    before: qemu_put_byte(f, (uint8_t)s->reg);
    after:  visit_type_uint8(v, "reg", &(uint8_t){ s->reg }, errp);

    Not when the value below the cast is no integer, or a number that does not fit, or begins with
    another cast that reads like an operand: `(uintptr_t)&s` and `(mask)&s` are one form.
    """
    spelled, inner = value.child_by_field_name("type"), value.child_by_field_name("value")
    if value.type != "cast_expression" or spelled is None or inner is None:
        return value
    below = inner.child_by_field_name("value") if inner.type == "cast_expression" else None
    if below is not None and text_of(below, context.data)[0] in "&*+-(":
        return value
    resolved = context.resolve(site, inner)
    if text_of(spelled, context.data) != visit.c_type or not isinstance(resolved, Resolved):
        return value
    whole = isinstance(resolved.type, Base | Name) and not resolved.floating
    return inner if whole and fits_literal(context, inner, visit.c_type) else value


def used_as(context: FileContext, site: Site, visit: Visit) -> str:
    """The type that a temporary is cast to where it stands for the getter's result; empty for none.

    before: s->q = ~qemu_get_ubyte(f);            after: s->q = ~(unsigned int)q;
    before: __auto_type x = qemu_get_byte(f);     after: ... ({ ...; (int)x; });

    before: (qemu_get_be32(f), 3)                 after: (({ ...; (unsigned int)x; }), 3)

    Not when the two types are one and the value is used, when it is converted at once by a cast or an
    assignment, or when it is promoted to the same type.
    """
    returns = site.primitive.c_type
    assert site.call is not None
    if is_dropped(site):
        return returns
    if returns == visit.c_type or {returns, visit.c_type} in _SAME:
        return ""
    if shows_range(context, site, visit) or sees_type(
        site.call, context.known, lambda node: _is_deduced(context, node)
    ):
        return returns
    promotes = visit.c_type in ("uint8_t", "uint16_t", "int8_t", "int16_t")
    parent = site.call.parent
    cast = parent is not None and parent.type == "cast_expression"
    if cast or not promotes or returns == "int" or _is_copied(site):
        return ""
    return returns


def is_dropped(site: Site) -> bool:
    """Whether a get's value is the left of a comma, or in parentheses all of a statement: a variable
    there has no effect, as compilers say."""
    node = site.call
    while node is not None and (parent := node.parent) is not None:
        if parent.type == "expression_statement":
            return node.type == "parenthesized_expression"
        if parent.type == "comma_expression" and node == parent.child_by_field_name("left"):
            return True
        if parent.type not in ("parenthesized_expression", "comma_expression"):
            return False
        node = parent
    return False


def _is_copied(site: Site) -> bool:
    """Whether the call is all that is assigned, or all that a variable is declared with."""
    return site.usage is Usage.ASSIGNED or (
        site.usage is Usage.INITIALISER and site.target is not None
    )


def _is_deduced(context: FileContext, declaration: Node) -> bool:
    """Whether a declared variable has its type from its initialiser, or may have."""
    spelled = declaration.child_by_field_name("type")
    if spelled is None:
        return True
    return bool(context.expand_name(spelled).words & {"__auto_type", "auto"})


def is_voided(site: Site) -> bool:
    """Whether a put's visit must be cast to void, for the primitive gives none and a visit may.

    before: return qemu_put_byte(f, 1);   after: return (void)visit_type_uint8(...);

    Not when the call is a whole statement, or the left of a comma.
    """
    node = site.call
    if site.primitive.operand == Operand.RESULT or (
        site.primitive.visit == "buffer" and (site.primitive.direction == Direction.GET)
    ):
        return False
    while node is not None and (parent := node.parent) is not None:
        kind = parent.type
        if kind == "comma_expression" and node == parent.child_by_field_name("left"):
            return False
        if kind in ("return_statement", "conditional_expression", "argument_list"):
            return True
        if kind not in ("parenthesized_expression", "comma_expression"):
            return False
        node = parent
    return False


def may_precede(context: FileContext, site: Site, braces: bool) -> bool:
    """Whether a get may be visited in a statement of its own before the one that it is in.

    before: s->level = qemu_get_byte(f) & 3;
    after:  visit_type_uint8(v, "level", &level, errp);
            s->level = level & 3;

    Not when it is not evaluated exactly once there, or when anything that acts may come before it
    (see order.evaluation); with new braces around both, not when a compound literal would end with
    the braces. Not where the check of a conversion may take the get for one that is not evaluated: behind
    `sizeof`, or among the arguments of a name in capitals, or of a macro of the same file; nor of one
    that is all the statement.
    """
    assert site.statement is not None
    if site.usage is not Usage.EXPRESSION and site.usage is not Usage.ASSIGNED:
        return False
    if is_seen_by_macro(context, site) or is_dropped(site):
        return False
    before = context.data[site.statement.start_byte : site.start]
    if site.usage is Usage.EXPRESSION and (
        _is_macro_alone(context, site.statement) or MEASURING.search(before)
    ):
        return False
    return not (braces and _holds_kind(site.statement, "compound_literal_expression"))


def is_seen_by_macro(context: FileContext, site: Site) -> bool:
    """Whether a get is among the arguments of what may be a macro that looks at them."""
    return any(_is_suspect(context, name) for name in _callees_around(site))


def _callees_around(site: Site) -> Iterator[str]:
    """The names of what is called with the site among its arguments."""
    node = site.call
    while node is not None and node != site.statement:
        callee = node.child_by_field_name("function")
        if node.type == "call_expression" and node != site.call and callee is not None:
            yield (callee.text or b"").decode("latin-1")
        node = node.parent


def _is_macro_alone(context: FileContext, statement: Node) -> bool:
    """Whether a statement is a macro's use alone, which has no effect but that of its arguments."""
    call = statement.named_children[0] if statement.named_children else None
    if statement.type != "expression_statement" or call is None or call.type != "call_expression":
        return False
    return not calls_function(call, context.known)


def _is_suspect(context: FileContext, name: str) -> bool:
    if name.isupper():
        return True
    own = rb"^[ \t]*#[ \t]*define[ \t]+" + re.escape(name.encode("latin-1")) + rb"\b"
    defined = bool(context.macros.of(name))
    return defined and re.search(own, context.data, re.MULTILINE) is not None


def _holds_kind(node: Node, kind: str) -> bool:
    left = [node]
    while left:
        inner = left.pop()
        if inner.type == kind:
            return True
        left.extend(inner.named_children)
    return False


def own_block(context: FileContext, site: Site) -> Node | None:
    """The block that the statement stands in directly, if a declaration at its top serves it; else the
    statement needs braces of its own.

    before: if (new) s->level = qemu_get_byte(f) & 3;   after: if (new) { uint8_t level = 0; ... }

    Not without braces under a label, where a jump would pass the declaration, as the branch of a
    statement, or where a directive parts the block's top from the statement.
    """
    assert site.statement is not None
    chain = site.place.chain
    parent = chain[chain.index(site.statement) - 1]
    if parent.type != "compound_statement" or has_labels(parent):
        return None
    syntax = context.syntax
    if syntax.branches_at(parent.start_byte) != syntax.branches_at(site.start):
        return None
    return parent


@lru_cache(maxsize=16)
def has_labels(block: Node) -> bool:
    """Whether a jump may enter the block past what stands at its top."""
    return any(child.type in ("labeled_statement", "case_statement") for child in block.children)


def declarator_of(site: Site) -> Node:
    """The declarator, with its initialiser, that an INITIALISER is in."""
    chain = site.place.chain
    assert site.statement is not None
    return chain[chain.index(site.statement) + 1]


def declared_name(declarator: Node, data: bytes) -> str:
    """The name that a declarator declares."""
    node: Node | None = declarator
    while node is not None and node.type != "identifier":
        node = node.child_by_field_name("declarator")
    return text_of(node, data) if node is not None else ""


def list_following(context: FileContext, sites: Sequence[Site]) -> tuple[Site, ...]:
    """Those of a function's gets that are visited after the declarations that they are in."""
    found: tuple[Site, ...] = ()
    for site in reversed(sites):
        by_result = site.primitive.operand == Operand.RESULT
        if by_result and site.usage is Usage.INITIALISER and may_follow(context, site, found):
            found = (site, *found)
    return found


def may_follow(context: FileContext, site: Site, later: Sequence[Site]) -> bool:
    """Whether an initialiser's get may be visited after the declarations of its block, as are the gets
    `later` in the text.

    before: uint32_t n = qemu_get_be32(f);    after: uint32_t n = 0;
            int i;                                   int i;

                                                     visit_type_uint32(v, "n", &n, errp);

    A `const` before the type of one variable goes away with it. Not when the initialiser reads anything
    else, when a declaration in between acts, reads the variable or the stream, declares a name that the
    initialiser uses, or has storage of its own; not when the variable can't be assigned to later, when
    the block has labels, or when a directive parts it.
    """
    statement, chain = site.statement, site.place.chain
    assert statement is not None
    block = chain[chain.index(statement) - 1]
    return _may_part(context, site, block) and _passes_all(context, site, block, later)


def may_part(context: FileContext, site: Site) -> bool:
    """Whether an initialiser's get may be visited after its own declaration, with others to follow.

    before: const uint32_t n = qemu_get_be32(f);    after: uint32_t n = 0;
            uint8_t *buf = g_malloc(n);
                                                           visit_type_uint32(v, "n", &n, errp);

                                                           uint8_t *buf = g_malloc(n);

    Not when the initialiser is more than the get, or not the declaration's last; not when the variable
    can't be assigned to later, when the block has labels or is on one line, or when a directive parts it.
    """
    statement, chain = site.statement, site.place.chain
    if site.usage is not Usage.INITIALISER or site.target is None or statement is None:
        return False
    block = chain[chain.index(statement) - 1]
    last = statement.children_by_field_name("declarator")[-1] == declarator_of(site)
    lines = (context.data[end : context.data.find(b"\n", end)]
             for end in (statement.end_byte, block.start_byte + 1))  # fmt: skip
    return last and not any(map(bytes.strip, lines)) and _may_part(context, site, block)


def _may_part(context: FileContext, site: Site, block: Node) -> bool:
    """Whether an initialiser is a get that its variable may be visited for, or assigned, later."""
    syntax, statement = context.syntax, site.statement
    assert statement is not None
    branches = syntax.branches_at(block.start_byte)
    if branches != syntax.branches_at(statement.start_byte) or has_labels(block):
        return False
    one_line = b"\n" not in context.data[block.start_byte : block.end_byte]
    if one_line and not layout.is_leading(statement, block):
        return False
    return _reads_nothing_else(context, site) and _is_assignable(context, site)


def _reads_nothing_else(context: FileContext, site: Site) -> bool:
    """Whether an initialiser is a get and constants: casts, parentheses and operators apart."""
    value = declarator_of(site).child_by_field_name("value")
    call = site.call
    if value is None or call is None or value.type == "initializer_list":
        return False
    left = [value]
    while left:
        node = left.pop()
        if node == call:
            continue
        if node.type in ("call_expression", "field_expression", "subscript_expression"):
            return False
        if node.type in ("assignment_expression", "update_expression", "compound_statement"):
            return False
        if node.type in ("compound_literal_expression", "pointer_expression"):
            return False
        if node.type == "identifier" and not _is_constant(context, node):
            return False
        left.extend(node.named_children)
    return True


def _is_constant(context: FileContext, identifier: Node) -> bool:
    """Whether a name is a macro for numbers alone."""
    if not context.macros.of(text_of(identifier, context.data)):
        return False
    made = context.expand_name(identifier)
    return made.whole and not any(is_word(t) or t in ASSIGNING for t in made.tokens)


def _is_assignable(context: FileContext, site: Site) -> bool:
    """Whether the declared variable may be assigned its value later.

    Not const, unless that is all before the type, no array, no struct, nothing that has its type from
    its value.
    """
    assert site.statement is not None
    declarator = declarator_of(site)
    target = declarator.child_by_field_name("declarator")
    constant = const_before(context, site)
    start = constant[1] if constant is not None else site.statement.start_byte
    head = context.data[start : declarator.start_byte].decode("latin-1")
    if target is None or re.search(r"\b(const|static|register|extern|auto)\b", head):
        return False
    name = target
    while name.type == "pointer_declarator":
        inner = name.child_by_field_name("declarator")
        if inner is None:
            return False
        name = inner
    if name.type != "identifier":
        return False
    resolved = context.resolve(site, name)
    fixed = {"register", "_Atomic"} if constant is not None else {"const", "register", "_Atomic"}
    if isinstance(resolved, Unknown) or resolved.qualifiers & fixed:
        return False
    return _is_scalar(context, resolved)


def const_before(context: FileContext, site: Site) -> tuple[int, int] | None:
    """Where the `const ` is that a declaration of one variable, and no pointer, starts with."""
    assert site.statement is not None
    found = re.compile(rb"const[ \t]+").match(context.data, site.statement.start_byte)
    target = declarator_of(site).child_by_field_name("declarator")
    alone = len(site.statement.children_by_field_name("declarator")) == 1
    plain = target is not None and target.type == "identifier"
    return found.span() if found is not None and alone and plain else None


def _is_scalar(context: FileContext, resolved: Resolved) -> bool:
    match resolved.type:
        case Base() | Pointer():
            return True
        case Tag(kind):
            return kind == "enum"
        case Name(name):
            return name in scalar_names(context)
        case _:
            return False


def _passes_all(context: FileContext, site: Site, block: Node, later: Sequence[Site]) -> bool:
    """Whether a get may pass every declarator up to the end of the block's declarations, which is not
    inside of an `#if`."""
    declarator, data = declarator_of(site), context.data
    if any(_is_in_branch(context, node, block) for node in layout.leading_declarations(block)[-1:]):
        return False
    name = declared_name(declarator, data)
    stream = text_of(site.stream, data)
    moved = context.macros.expand(text_of(declarator, data)).names
    for node in _declared_after(block, site):
        text = _without_gets(context, node, later)
        made = context.macros.expand(text)
        if not made.whole or made.names & {name, stream, "static", "typeof", "__typeof__"}:
            return False
        if "(" in text.partition("=")[2] or _declaration_acts(context, node, later):
            return False
        if moved & _names_declared(node, data):
            return False
    return True


def _is_in_branch(context: FileContext, declaration: Node, block: Node) -> bool:
    branches_at = context.syntax.branches_at
    return branches_at(declaration.start_byte) != branches_at(block.start_byte)


def _names_declared(node: Node, data: bytes) -> set[str]:
    """The names that a declarator declares, or all those of a declaration."""
    whole = node.type in ("declaration", "type_definition")
    return {
        declared_name(d, data)
        for d in (node.children_by_field_name("declarator") if whole else [node])
    }


def _declared_after(block: Node, site: Site) -> Iterator[Node]:
    """The declarators after a site's in its declaration, then the block's declarations after that."""
    statement, declarator = site.statement, declarator_of(site)
    assert statement is not None
    yield from (c for c in statement.named_children if c.start_byte > declarator.end_byte)
    if layout.is_leading(statement, block):
        leading = layout.leading_declarations(block)
        yield from (d for d in leading if d.start_byte > statement.start_byte)


def _declaration_acts(context: FileContext, node: Node, later: Sequence[Site]) -> bool:
    """Whether a declaration does more than declare, the gets apart that follow as well."""
    starts = {s.start for s in later}
    if any(n.start_byte not in starts for n in find_acting(node, context.known)):
        return True
    return _holds_kind(node, "assignment_expression") or _holds_kind(node, "update_expression")


def _without_gets(context: FileContext, node: Node, later: Sequence[Site]) -> str:
    """The text of a declaration without the gets that follow the declarations as well, in order."""
    text = text_of(node, context.data)
    for site in reversed(later):
        start, end = site.start - node.start_byte, site.end - node.start_byte
        if 0 <= start < len(text):
            text = text[:start] + "0" + text[end:]
    return text
