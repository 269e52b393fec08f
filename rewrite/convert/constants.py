# SPDX-License-Identifier: GPL-2.0-or-later
"""The value of an operand that is a number, as far as its text and macros tell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum

from tree_sitter import Node

from ..c.conditions import calculate
from ..c.expand import Lexeme
from ..c.macros import is_word, tokens_of
from ..c.operators import BINARY, UNARY
from .context import FileContext

_NUMBER = re.compile(r"(0[xX][\da-fA-F]+|0[bB][01]+|\d+)[uUlL]*")
_CHARACTER = re.compile(r"'[ !#-&(-\[\]-~]'")
_ONE_CHARACTER = re.compile(r"'(?:[^\\]|\\(?:x[\da-fA-F]{1,2}|[0-7]{1,3}|.))'")
_OPERATORS = frozenset(("(", ")", *BINARY, *UNARY))
_BITS = re.compile(r"u?int(8|16|32|64)_t")


def fits_literal(context: FileContext, value: Node, c_type: str) -> bool:
    """Whether a compound literal of a type takes the value without a warning that it changes.

    GCC warns where a constant does not fit (-Woverflow); one that a cast narrows is meant. What only
    the compiler knows the value of, as `'ab'` or `X ? 1 : 2`, may not fit.
    """
    width = _BITS.fullmatch(c_type)
    if width is None:
        return True
    tokens = context.expand_name(value).tokens
    number = _evaluate_tokens(context, tokens)
    if number is None:
        return bool(_ONE_CHARACTER.fullmatch(" ".join(tokens))) or not _is_all_constants(tokens)
    bits = int(width.group(1))
    return -(1 << (bits - 1)) <= number < 1 << bits


class End(Enum):
    """One end of the range of a type."""

    LOW = 0
    HIGH = 1


def is_within(context: FileContext, value: Node, c_type: str, but: End | None = None) -> bool:
    """Whether a value is one that a type of the wire can have, as far as it is a number, and not the
    end of the range that is left out."""
    width = _BITS.fullmatch(c_type)
    number = (
        _evaluate_tokens(context, context.expand_name(value).tokens) if width is not None else None
    )
    if width is None or number is None:
        return True
    bits = int(width.group(1))
    low = 0 if c_type.startswith("u") else -(1 << (bits - 1))
    high = low + (1 << bits) - 1
    return low + (but is End.LOW) <= number <= high - (but is End.HIGH)


def _is_all_constants(tokens: Sequence[str]) -> bool:
    """Whether an expression is of numbers, characters and operators alone."""
    return not any(is_word(token) or token.startswith('"') for token in tokens)


def _evaluate_tokens(context: FileContext, tokens: Sequence[str]) -> int | None:
    """The value of an expression of numbers, characters, enumerators, operators and parentheses."""
    tokens = [str(ord(t[1])) if _CHARACTER.fullmatch(t) else t for t in tokens]
    names = {t for t in tokens if t not in _OPERATORS and not _NUMBER.fullmatch(t)}
    values = {name: _evaluate_enumerator(context, name) for name in names}
    if None in values.values():
        return None
    return calculate([Lexeme(token) for token in tokens], lambda name, _: values.get(name))


def _evaluate_enumerator(context: FileContext, name: str) -> int | None:
    """The value of an enumerator, where its enum's text gives it by numbers."""
    scope = context.resolver.scope_of(context.path)
    found = {h.enumerators[name] for h in scope.closure if name in h.enumerators}
    if len(found) != 1:
        return None
    base, steps = found.pop()
    start = _evaluate_tokens(context, tokens_of(base)) if base else 0
    return start + steps if start is not None else None
