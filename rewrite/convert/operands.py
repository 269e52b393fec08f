# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a put's operand may be a floating-point number, where that makes a difference."""

from __future__ import annotations

import itertools
import re

from tree_sitter import Node

from ..c.declarations import Array, Base, Name, Pointer, Tag
from ..c.macros import is_word
from ..c.scope import SYSTEM_TYPES, UNSIGNED_TYPES
from ..c.syntax import text_of
from ..c.types import Resolved
from .context import FileContext
from .sites import Site

_KERNEL = re.compile(r"__(?:[us]|le|be)(?:8|16|32|64)|g?u?int(?:8|16|32|64)?")
"""Integers of Linux's <asm/types.h> and of GLib's <glib.h>."""

_INTEGER_FUNCTIONS = frozenset(
    (
        *("strlen", "strcmp", "strncmp", "strcasecmp", "memcmp", "strnlen", "atoi", "abs", "htons"),
        *("ntohs", "htonl", "ntohl", "ffs", "toupper", "tolower", "isdigit", "bswap_16", "strtol"),
        *("strtoul", "strtoll", "strtoull", "rand", "random", "getpid", "fgetc", "getc", "le16toh"),
    )
)
"""Functions of the C library that give integers (C99 7.4, 7.20, 7.21; POSIX arpa/inet.h)."""

_FLOATING_FUNCTIONS = frozenset(
    f"{name}{suffix}"
    for name in ("floor", "ceil", "round", "trunc", "rint", "nearbyint", "sqrt", "cbrt", "pow", "exp",
                 "exp2", "log", "log2", "log10", "sin", "cos", "tan", "fabs", "fmod", "ldexp", "fmin",
                 "fmax", "hypot", "atan", "atan2", "difftime", "atof", "strtod", "copysign", "scalbn",
                 "remainder", "fma", "modf", "frexp")
    for suffix in ("", "f", "l")
)  # fmt: skip
"""Functions of <math.h> and <stdlib.h> that give floating values (C99 7.12)."""

_INTEGRAL = frozenset(
    ("%", "<<", ">>", "&", "|", "^", "&&", "||", "==", "!=", "<", ">", "<=", ">=", "!", "~")
)
"""Operators whose result is an integer, or whose operands are (C99 6.5.5 to 6.5.14)."""

_SIZED = frozenset(("number_literal", "char_literal", "sizeof_expression", "alignof_expression",
                    "true", "false", "offsetof_expression"))  # fmt: skip
_PASSES = {
    "conditional_expression": ("consequence", "alternative"),
    "assignment_expression": ("left",),
    "update_expression": ("argument",),
    "comma_expression": ("right",),
    "unary_expression": ("argument",),
    "binary_expression": ("left", "right"),
}
"""The operands that an expression has its type from."""


def may_be_floating(context: FileContext, site: Site) -> bool:
    """Whether the primitive may convert its operand in two steps that a literal would make in one.

    qemu_put_byte(f, floor(x)) converts to int and then drops bits; `(uint8_t){ floor(x) }` is undefined
    where the value is no uint8_t (C99 6.3.1.4). Where both types are as wide there is one step, but
    what is floating for sure is told all the same.

    A member or variable whose declaration is not found is taken for an integer, as every value of a
    QEMU device that a primitive moves is; a call, a cast or a typedef that is not known is not.
    """
    value = site.arguments[1]
    resolved = context.resolve(site, value)
    if isinstance(resolved, Resolved) and resolved.floating:
        return True
    visit = context.rules.visits[site.primitive.visit]
    narrows = visit.c_type in ("uint8_t", "int8_t", "uint16_t", "int16_t")
    return narrows and not _is_integer(context, site, value)


def _is_integer(context: FileContext, site: Site, node: Node) -> bool:
    if node.type in _SIZED:
        return True
    if node.type == "parenthesized_expression":
        inner = [c for c in node.named_children if c.type != "comment"]
        return len(inner) == 1 and _is_integer(context, site, inner[0])
    operator = node.child_by_field_name("operator")
    if operator is not None and operator.type in _INTEGRAL:
        return True
    if node.type in _PASSES:
        parts = [node.child_by_field_name(field) for field in _PASSES[node.type]]
        return all(p is not None and _is_integer(context, site, p) for p in parts)
    resolved = context.resolve(site, node)
    if isinstance(resolved, Resolved):
        return _is_integral(context, resolved)
    return _is_unknown_integer(context, site, node)


def _is_unknown_integer(context: FileContext, site: Site, node: Node) -> bool:
    """Whether an expression of a type that can't be told is no floating one as far as its form tells."""
    if node.type in ("identifier", "field_expression", "subscript_expression"):
        made = context.expand_name(node)
        return not made.calls and not any("." in t for t in made.tokens if t[:1].isdigit())
    if node.type == "pointer_expression":
        pointer = node.child_by_field_name("argument")
        pointee = context.resolve_pointee(site, pointer) if pointer is not None else None
        return not isinstance(pointee, Resolved) or _is_integral(context, pointee)
    callee = node.child_by_field_name("function") if node.type == "call_expression" else None
    if callee is None:
        return False
    name = text_of(callee, context.data)
    if context.macros.of(name):
        tokens = context.expand_name(node).tokens
        called = {t for t, after in itertools.pairwise(tokens) if after == "(" and is_word(t)}
        literals = any("." in t for t in tokens if t[:1].isdigit())
        return not literals and not {w for w in called if w in _FLOATING_FUNCTIONS}
    return name in _INTEGER_FUNCTIONS or callee.type == "field_expression"


def scalar_names(context: FileContext) -> set[str]:
    """The typedef names that stand for a number in every tree: the visits' types and the system's."""
    return {v.c_type for v in context.rules.visits.values()} | SYSTEM_TYPES | UNSIGNED_TYPES.keys()


def _is_integral(context: FileContext, resolved: Resolved) -> bool:
    match resolved.type:
        case Base():
            return not resolved.floating
        case Pointer() | Array():
            return True
        case Tag(kind):
            return kind == "enum"
        case Name(name):
            known = scalar_names(context) - {"float_t", "double_t"}
            return name in known or _KERNEL.fullmatch(name) is not None
        case _:
            return False
