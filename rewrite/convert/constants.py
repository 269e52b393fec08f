# SPDX-License-Identifier: GPL-2.0-or-later
"""The value of an operand that is a number, as far as its text and macros tell."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Sequence
from enum import Enum

from tree_sitter import Node

from ..c.macros import is_word, tokens_of
from .context import FileContext

_NUMBER = re.compile(r"(0[xX][\da-fA-F]+|0[bB][01]+|\d+)[uUlL]*")
_CHARACTER = re.compile(r"'[ !#-&(-\[\]-~]'")
_ONE_CHARACTER = re.compile(r"'(?:[^\\]|\\(?:x[\da-fA-F]{1,2}|[0-7]{1,3}|.))'")
_OPERATORS: dict[type, Callable[[int, int], int]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_, ast.BitXor: operator.xor,
}  # fmt: skip
_BITS = re.compile(r"u?int(8|16|32|64)_t")


def fits_literal(context: FileContext, value: Node, c_type: str) -> bool:
    """Whether a compound literal of a type takes the value without a warning that it changes.

    GCC warns where a constant does not fit (-Woverflow); one that a cast narrows is meant. What only
    the compiler knows the value of, as `'ab'` or `X ? 1 : 2`, may not fit.
    """
    width = _BITS.fullmatch(c_type)
    if width is None:
        return True
    tokens = context.expansion(value).tokens
    number = _number(context, tokens)
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
    number = _number(context, context.expansion(value).tokens) if width is not None else None
    if width is None or number is None:
        return True
    bits = int(width.group(1))
    low = 0 if c_type.startswith("u") else -(1 << (bits - 1))
    high = low + (1 << bits) - 1
    return low + (but is End.LOW) <= number <= high - (but is End.HIGH)


def _is_all_constants(tokens: Sequence[str]) -> bool:
    """Whether an expression is of numbers, characters and operators alone."""
    return not any(is_word(token) or token.startswith('"') for token in tokens)


def _number(context: FileContext, tokens: Sequence[str]) -> int | None:
    """The value of an expression of numbers, characters, enumerators, `+ - * | & ^ << >> ~`, `()`."""
    pieces = []
    for token in tokens:
        number = _NUMBER.fullmatch(token)
        if number is not None:
            digits = number.group(1)
            octal = digits.startswith("0") and digits.isdigit()
            pieces.append(
                str(int(digits, 8) if octal and set(digits) <= set("01234567") else int(digits, 0))
            )
        elif _CHARACTER.fullmatch(token):
            pieces.append(str(ord(token[1])))
        elif token in ("(", ")", "+", "-", "*", "|", "&", "^", "<<", ">>", "~"):
            pieces.append(token)
        elif (enumerator := _enumerator(context, token)) is not None:
            pieces.append(str(enumerator))
        else:
            return None
    try:
        return _value(ast.parse(" ".join(pieces), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _enumerator(context: FileContext, name: str) -> int | None:
    """The value of an enumerator, where its enum's text gives it by numbers."""
    scope = context.resolver.scope(context.path)
    found = {h.enumerators[name] for h in scope.closure if name in h.enumerators}
    if len(found) != 1:
        return None
    base, steps = found.pop()
    start = _number(context, tokens_of(base)) if base else 0
    return start + steps if start is not None else None


def _value(node: ast.expr) -> int:
    """The value of a parsed expression. Raises ValueError for one of another kind."""
    match node:
        case ast.Constant(value=int(number)):
            return number
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand)
        case ast.UnaryOp(op=ast.Invert(), operand=operand):
            return ~_value(operand)
        case ast.BinOp(left=left, op=ast.LShift(), right=right):
            return _value(left) << (_value(right) & 63)
        case ast.BinOp(left=left, op=ast.RShift(), right=right):
            return _value(left) >> (_value(right) & 63)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_value(left), _value(right))
        case _:
            raise ValueError
