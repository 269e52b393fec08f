# SPDX-License-Identifier: GPL-2.0-or-later
"""Facts about one expression of C, read from tokens: lvalues, evaluation order, forms of calls."""

from __future__ import annotations

import re
from collections.abc import Callable

from .text import CLOSERS, KEYWORDS, Code, is_identifier

_MACRO = re.compile(r"[A-Z_][A-Z0-9_]*\Z")
_UNEVALUATED = frozenset(
    ("sizeof", "typeof", "__typeof__", "__typeof", "_Alignof", "__alignof__", "_Generic"),
).union(
    ("__builtin_constant_p", "__builtin_choose_expr", "__builtin_types_compatible_p"),
    ("__builtin_object_size", "offsetof", "__builtin_offsetof"),
)
"""Operators whose operand is not evaluated, or not always (C11 6.5.1.1, 6.5.3.4; GCC manual 6.59)."""
_ASSERTS = frozenset(("assert", "g_assert"))  # macros that may not evaluate their argument
_CONDITIONAL = frozenset(("&&", "||", "?"))
ASSIGNMENTS = frozenset(["=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="])
_BINARY = frozenset(
    [
        "+",
        "-",
        "*",
        "/",
        "%",
        "<<",
        ">>",
        "&",
        "|",
        "^",
        "<",
        ">",
        "<=",
        ">=",
        "==",
        "!=",
        "&&",
        "||",
    ]
)
_PREFIXES = frozenset(("+", "-", "*", "&", "!", "~", "++", "--"))
_CHOOSING = frozenset(("_Generic", "__builtin_choose_expr"))
_CASTABLE = frozenset(
    (
        "unsigned",
        "signed",
        "int",
        "long",
        "short",
        "char",
        "void",
        "const",
        "struct",
        "volatile",
        "*",
    )
)


def strip_parentheses(tokens: list[str]) -> list[str]:
    """The tokens without the parentheses that enclose all of them."""
    pairs = enclosing_pairs(tokens)
    return tokens[pairs : len(tokens) - pairs] if pairs else tokens


def enclosing_pairs(tokens: list[str]) -> int:
    """How many pairs of parentheses enclose all of the tokens."""
    if tokens[:1] != ["("] or tokens[-1] != ")":
        return 0
    opened: list[int] = []
    closes = [-1] * len(tokens)
    for at, token in enumerate(tokens):
        if token in CLOSERS:
            opened.append(at)
        elif token in (")", "]", "}") and opened:
            closes[opened.pop()] = at
    pairs, last = 0, len(tokens) - 1
    while tokens[pairs] == "(" and closes[pairs] == last - pairs:
        pairs += 1
    return pairs


def _find_closing(tokens: list[str], at: int) -> int:
    """The index of the bracket that closes the one at `at`, by counting; the length if none."""
    depth = 0
    for index in range(at, len(tokens)):
        if tokens[index] in CLOSERS:
            depth += 1
        elif tokens[index] in (")", "]", "}"):
            depth -= 1
            if not depth:
                return index
    return len(tokens)


def is_unary(tokens: list[str]) -> bool:
    """Whether the tokens are one operand, which a prefix operator applies to as a whole.

    That is a postfix expression after any number of `*`; with a cast or another prefix operator
    in front the answer is no.
    """
    at = 0
    while at < len(tokens) and tokens[at] == "*":
        at += 1
    if at == len(tokens):
        return False
    if tokens[at] == "(":
        at = _find_closing(tokens, at) + 1
    elif is_identifier(tokens[at]) and tokens[at] not in KEYWORDS:
        at += 1
    else:
        return False
    return _is_postfix_tail(tokens, at)


def _is_postfix_tail(tokens: list[str], at: int) -> bool:
    """Whether only members, subscripts, calls and `++`/`--` stand from `at` on."""
    while at < len(tokens):
        token = tokens[at]
        if token in (".", "->") and at + 1 < len(tokens) and is_identifier(tokens[at + 1]):
            at += 2
        elif token in ("[", "("):
            at = _find_closing(tokens, at) + 1
        elif token in ("++", "--"):
            at += 1
        else:
            return False
    return at == len(tokens)


def is_cast_operand(tokens: list[str]) -> bool:
    """Whether the tokens are one operand after a cast to a pointer."""
    if not tokens:
        return False
    close = _find_closing(tokens, 0) if tokens[0] == "(" else len(tokens)
    rest = tokens[close + 1 :]
    return bool(rest) and tokens[close - 1] == "*" and is_unary(rest[rest[0] == "&" :])


def without_cast_below(lvalue: list[str]) -> list[str]:
    """An lvalue without the cast of the pointer that it follows: `*(T *)p` is in the place of `*p`."""
    if lvalue[:2] != ["*", "("] or not is_cast_operand(lvalue[1:]):
        return lvalue
    return ["*", *lvalue[_find_closing(lvalue, 1) + 1 :]]


def is_operand(tokens: list[str]) -> bool:
    """Whether a cast before the tokens is one of all of them.

    `(x) - y` may be a cast of `-y`, or a difference: the text doesn't tell, so it is none.
    """
    while len(tokens) > 1:
        close = _find_closing(tokens, 0) if tokens[0] == "(" else 0
        if tokens[0] in ("-", "~", "!"):
            tokens = tokens[1:]
        elif close and is_type(tokens[1:close]) and not _may_subtract(tokens, close):
            tokens = tokens[close + 1 :]
        else:
            break
    constant = len(tokens) == 1 and (tokens[0][0].isalnum() or tokens[0][0] == "'")
    return constant or is_unary(tokens)


def _may_subtract(tokens: list[str], close: int) -> bool:
    """Whether `-`, or nothing, follows a parenthesis around what may be a variable's name."""
    after = tokens[close + 1 : close + 2]
    return not after or (after == ["-"] and _CASTABLE.isdisjoint(tokens[1:close]))


def field_key(tokens: list[str], pointer: bool = False) -> str:
    """What tells one field from another: the lvalue's text with every subscript emptied."""
    bare = strip_parentheses(tokens)
    while bare[:1] == ["("] and is_type(bare[1 : _find_closing(bare, 0)]) and is_cast_operand(bare):
        bare = strip_parentheses(bare[_find_closing(bare, 0) + 1 :])
    if pointer:
        bare = bare[1:] if bare[:1] == ["&"] else ["*", *bare]
    if bare[:2] == ["*", "&"]:
        bare = bare[2:]
    kept: list[str] = []
    at = 0
    bare = _without_redundant(strip_parentheses(bare))
    while at < len(bare):
        kept.append(bare[at])
        if bare[at] == "[":
            at = _find_closing(bare, at)
            kept.append("]")
        at += 1
    return " ".join(kept)


def _without_redundant(tokens: list[str]) -> list[str]:
    """An lvalue without the parentheses of `(s)->a`, of `(*s).a`, which is `s->a`, and of `(&s->b)->c`."""
    for at, token in enumerate(tokens):
        close = _find_closing(tokens, at) if token == "(" else len(tokens)
        after = tokens[close + 1] if close + 1 < len(tokens) else ""
        if after not in (".", "->", "[") or (at and is_identifier(tokens[at - 1])):
            continue
        inner = tokens[at + 1 : close]
        rest = tokens[close + 1 :]
        if inner[:1] == ["&"] and after == "->" and is_unary(inner[1:]):
            return _without_redundant([*tokens[:at], *inner[1:], ".", *rest[1:]])
        if inner[:1] == ["*"] and after == "." and is_unary(inner[1:]) and inner[1] != "*":
            return _without_redundant([*tokens[:at], *inner[1:], "->", *rest[1:]])
        if is_unary(inner) and inner[0] != "*":
            return _without_redundant([*tokens[:at], *inner, *rest])
    return tokens


def opening_before(code: Code, at: int, start: int) -> tuple[int, list[str]]:
    """The bracket that `at` is directly in (`start - 1` if none), and the tokens from there to
    `at`, last first, with what stands in closed brackets left out."""
    skipped: list[str] = []
    at -= 1
    while at >= start:
        token = code.tokens[at]
        if token in CLOSERS:
            return at, skipped
        skipped.append(token)
        at = min(code.partner[at], at) - 1 if token in (")", "]", "}") else at - 1
    return start - 1, skipped


def hoist_problem(code: Code, at: int, start: int, functions: frozenset[str] = frozenset()) -> str:
    """Why the call at `at` can't be evaluated before its statement from `start` on; empty if it
    can: it is evaluated once, unconditionally, and after nothing that C puts before it.

    `functions` are names that are no macros, however they are spelled.
    """
    if code.at(at - 1) in _UNEVALUATED:
        return "it is not evaluated"
    while at >= start:
        at, skipped = opening_before(code, at, start)
        before_comma = skipped[: skipped.index(",")] if "," in skipped else skipped
        if not _CONDITIONAL.isdisjoint(before_comma):
            return "it is evaluated under a condition"
        if _is_measured(before_comma):
            return "it is not evaluated"
        problem = _level_problem(code, at, start, "," in skipped, functions)
        if problem:
            return problem
    return ""


def _is_measured(skipped: list[str]) -> bool:
    """Whether a sizeof or its like takes what stands behind the skipped tokens, which are last first.

    As in `sizeof (s)->tab[x]` and `sizeof !x`, not in `sizeof (s) + x`.
    """
    at = next((n for n, token in enumerate(skipped) if token in _UNEVALUATED), -1)
    between = skipped[at - 1 :: -1] if at > 0 else []
    while between and between[0] in _PREFIXES:
        between = between[1:]
    return at >= 0 and _BINARY.isdisjoint(between) and ASSIGNMENTS.isdisjoint(between)


def _level_problem(
    code: Code, opening: int, start: int, comma: bool, functions: frozenset[str]
) -> str:
    """What the bracket at `opening` forbids, told whether a comma stands before the call in it."""
    before = code.at(opening - 1) if opening > start else ""
    bracket = code.tokens[opening] if opening >= start else ""
    if bracket == "{":
        return "it is inside a statement expression" if before == "(" else ""
    named = bracket == "(" and is_identifier(before) and before not in KEYWORDS
    if comma and not named and not (bracket == "(" and before in (")", "]")):
        return "a comma operator orders it"
    if before in _UNEVALUATED:
        return "it is not evaluated"
    if named and before not in functions and (_MACRO.match(before) or before in _ASSERTS):
        return f"{before} may be a macro"
    return ""


def keeps_value(code: Code, start: int, end: int) -> bool:
    """Whether the value of the expression `start` to `end` is only converted, never computed with.

    There the type that a small unsigned value arrives in makes no difference.
    """
    before, after = code.at(start - 1), code.at(end)
    if before == ")":
        return is_type(code.span(code.partner[start - 1] + 1, start - 1))
    if before == "(" and after == ")":
        opener = code.at(start - 2)
        return opener in ("if", "switch", "while")
    return before in ("=", "return") and after in (";", ",", ")")


def shows_type(
    code: Code, span: tuple[int, int], start: int, is_seen_by: Callable[[str], bool]
) -> bool:
    """Whether the type of the expression `span` shows in its statement from `start` on, promoted or not.

    As in `sizeof(x)`, `_Generic(x, ...)`, `__auto_type y = x;`, or among the arguments of a macro of
    which `is_seen_by` says so. Not where it is computed with or converted: that promotes it.
    """
    first, last = span
    while first > start:
        before, after = code.at(first - 1), code.at(last)
        if before in ("=", "return"):
            return "__auto_type" in code.span(start, first)
        if before in _UNEVALUATED:
            return True
        if _computes_with(code, first) or after in _BINARY:
            return False
        opening, skipped = opening_before(code, first, start)
        if opening < start:
            return False
        outer = code.at(opening - 1)
        if outer in _CHOOSING and "," in skipped:  # one of those that it chooses from
            first, last = opening - 1, code.partner[opening] + 1
            continue
        if code.tokens[opening] == "(" and (outer in _UNEVALUATED or is_seen_by(outer)):
            return True
        grouped = not is_identifier(outer) and outer not in (")", "]")
        if code.tokens[opening] != "(" or not grouped:
            return False
        first, last = opening, code.partner[opening] + 1
    return False


def _computes_with(code: Code, first: int) -> bool:
    """Whether what stands before an operand computes with it: an operator, or a cast."""
    before = code.at(first - 1)
    if before == ")":
        return is_type(code.span(code.partner[first - 1] + 1, first - 1))
    return before in _BINARY or before in ("!", "~")


def is_type(tokens: list[str]) -> bool:
    """Whether the tokens between two parentheses read as a type name, so that they are a cast."""
    named = [t for t in tokens if t not in _CASTABLE]
    return bool(tokens) and all(is_identifier(t) for t in named) and len(named) < 2


def assigned_lvalue(code: Code, at: int, start: int) -> list[str]:
    """The lvalue that what is computed at `at` is assigned to; empty if it is assigned to none.

    A designator, as `.b =`, is none.
    """
    back = at - 1
    while back >= start and code.tokens[back] != ";":
        token = code.tokens[back]
        if token in ASSIGNMENTS:
            first = _operand_start(code, back, start)
            if code.tokens[first] not in (".", "["):
                return code.span(first, back)
            back = first
        back = min(code.partner[back], back) - 1 if token in (")", "]", "}") else back - 1
    return []


def _operand_start(code: Code, end: int, start: int) -> int:
    """Where the operand that ends at `end` starts: after a comma, a semicolon or a bracket."""
    at = end
    while at > start:
        token = code.tokens[at - 1]
        if token in CLOSERS or token in (",", ";") or token in ASSIGNMENTS or token in KEYWORDS:
            break
        at = min(code.partner[at - 1], at - 1) if token in (")", "]", "}") else at - 1
    return max(at, start)
