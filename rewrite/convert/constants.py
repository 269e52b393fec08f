# SPDX-License-Identifier: GPL-2.0-or-later
"""The value of an operand that is a number, as far as its text and macros tell."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tree_sitter import Node

from ..c.conditions import calculate
from ..c.expand import Lexeme
from ..c.macros import tokens_of
from .context import FileContext

_NUMBER = re.compile(r"(0[xX][\da-fA-F]+|0[bB][01]+|\d+)[uUlL]*")
_OPERATORS = frozenset(("(", ")", "+", "-", "*", "|", "&", "^", "<<", ">>", "~"))
_BITS = re.compile(r"u?int(8|16|32|64)_t")


def fits_literal(context: FileContext, value: Node, c_type: str) -> bool:
    """Whether a compound literal of a type takes the value without a warning that it changes.

    GCC warns where a constant does not fit (-Woverflow); one that a cast narrows is meant.
    """
    known = _bits_and_number(context, value, c_type)
    return known is None or -(1 << (known[0] - 1)) <= known[1] < 1 << known[0]


def is_within(context: FileContext, value: Node, c_type: str) -> bool:
    """Whether a value is one that a type of the wire can have, as far as it is a number."""
    known = _bits_and_number(context, value, c_type)
    if known is None:
        return True
    bits, number = known
    low = 0 if c_type.startswith("u") else -(1 << (bits - 1))
    return low <= number < low + (1 << bits)


def _bits_and_number(context: FileContext, value: Node, c_type: str) -> tuple[int, int] | None:
    """The bits of a type of fixed width and the number that a value is; None where either is not."""
    width = _BITS.fullmatch(c_type)
    number = _number(context, context.expansion(value).tokens) if width is not None else None
    return (int(width[1]), number) if width is not None and number is not None else None


def _number(context: FileContext, tokens: Sequence[str]) -> int | None:
    """The value of an expression of numbers, enumerators, `+ - * | & ^ << >> ~` and parentheses."""
    names = {t for t in tokens if t not in _OPERATORS and not _NUMBER.fullmatch(t)}
    values = {name: _enumerator(context, name) for name in names}
    if None in values.values():
        return None
    return calculate([Lexeme(token) for token in tokens], lambda name, _: values.get(name))


def _enumerator(context: FileContext, name: str) -> int | None:
    """The value of an enumerator, where its enum's text gives it by numbers."""
    scope = context.resolver.scope(context.path)
    found = {h.enumerators[name] for h in scope.closure if name in h.enumerators}
    if len(found) != 1:
        return None
    base, steps = found.pop()
    start = _number(context, tokens_of(base)) if base else 0
    return start + steps if start is not None else None
