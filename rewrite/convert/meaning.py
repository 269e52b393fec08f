# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a primitive's name means the primitive where it stands, and its text is only evaluated."""

from __future__ import annotations

import re

from tree_sitter import Node

from ..c.headers import Macro
from ..c.locals import locals_named
from ..c.macros import tokens_of
from ..rules.ruleset import Primitive, Rules
from .context import FileContext
from .sites import Site


def why_another(context: FileContext, site: Site) -> str | None:
    """What else than the primitive its name means at the site, None where it means the primitive.

    An alias with the same wire form, as hw.h defines them, is the primitive; and so is what the file
    itself defines under the name, in a tree that lacks it.
    """
    name, function = site.primitive.name, site.place.function
    local = next(locals_named(name, site.place.chain, site.start, context.data), None)
    if local is not None:
        return f"{name} is a {'parameter' if local.parameter else 'local'} of this function"
    return context.ask_file(_why_another, name) if function is not None else None


def _why_another(context: FileContext, name: str) -> str | None:
    """What a primitive's name means in a file instead, outside of what functions declare."""
    redefined = _find_redefined(context, context.rules.primitives[name])
    if redefined is not None:
        return f"{redefined} is defined as a macro"
    if _at_file_level(context, rf"\(\s*\*[^()]*\b{name}\s*\)\s*\("):
        return f"{name} is declared as a pointer to a function in this file"
    return None


def _find_redefined(
    context: FileContext, primitive: Primitive, passed: frozenset[str] = frozenset()
) -> str | None:
    """The name, the primitive's or one that it is an alias of, that a macro gives another meaning."""
    for macro in context.macros.of(primitive.name):
        if macro.parameters is not None:
            return primitive.name
        if is_alias(context.rules, primitive, macro.body):
            aliased = context.rules.primitives[macro.body.strip()]
            seen = passed | {primitive.name}
            found = _find_redefined(context, aliased, seen) if aliased.name not in seen else None
            if found is not None:
                return found
        elif not _is_renamed(context, macro):
            return primitive.name
    return None


def _is_renamed(context: FileContext, macro: Macro) -> bool:
    """Whether a macro gives another name to a function that the file defines under the macro's."""
    definition = rf"\b{macro.name}\s*\([^;{{}}]*\)\s*\{{"
    return macro.body.isidentifier() and _at_file_level(context, definition)


def _at_file_level(context: FileContext, pattern: str) -> bool:
    """Whether the file's code has text of a pattern outside all braces."""
    header = context.resolver.headers.header(context.path)
    code = context.syntax.masked
    return any(
        header is None or header.at_file_level(m.start())
        for m in re.finditer(pattern.encode("latin-1"), code)
    )


def is_alias(rules: Rules, primitive: Primitive, body: str) -> bool:
    """Whether a macro's body is a primitive that moves the same: a target's width is either one."""
    other = rules.primitives.get(body.strip())
    if other is None or (other.direction, other.operand) != (
        primitive.direction,
        primitive.operand,
    ):
        return False
    return other.wire == primitive.wire or primitive.wire.startswith("target_")


def includes_text(context: FileContext, site: Site) -> bool:
    """Whether an #include stands in the site's function: what it holds may do anything there."""
    function = site.place.function
    return function is not None and context.ask(_holds_include, function)


def _holds_include(context: FileContext, function: Node, _: str) -> bool:
    text = context.syntax.masked[function.start_byte : function.end_byte]
    return re.search(rb"^[ \t]*#[ \t]*include\b", text, re.MULTILINE) is not None


def is_stringified(context: FileContext, site: Site) -> bool:
    """Whether a macro makes a string of text that holds the site's name: `#x` would show the visit."""
    function = site.place.function
    return function is not None and site.primitive.name in context.ask(_find_stringified, function)


def _find_stringified(context: FileContext, function: Node, _: str) -> frozenset[str]:
    """The words of all text of a function that a macro makes strings of."""
    return frozenset(w for text in context.expand_name(function).strings for w in tokens_of(text))
