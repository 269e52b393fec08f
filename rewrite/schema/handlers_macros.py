# SPDX-License-Identifier: GPL-2.0-or-later
"""Macros whose body is a statement expression, as MIN and MAX are, read as the expression they are."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..c.lexical import group_end, split_outer

_WORD = re.compile(r"[A-Za-z_]\w*\Z")
_TYPEOF = ("typeof", "__typeof__", "__auto_type")
_MOST = 400  # tokens of an expression that is put in: a macro of macros may double at each step


def without_locals(tokens: Sequence[str]) -> list[str] | None:
    """The value of `({ T a = x, b = y; e; })` as tokens of one expression, None where it is no such.

    Before: `({ typeof(1 ? (x) : (y)) _a = (x), _b = (y); _a < _b ? _a : _b; })`
    After: `((x)) < ((y)) ? ((x)) : ((y))`, as nothing but its value is asked for.
    Not when anything but initialised locals stands before the value.
    """
    if tuple(tokens[:2]) != ("(", "{") or tuple(tokens[-2:]) != ("}", ")"):
        return None
    *declarations, value = [s for s in split_outer(tokens[2:-2], ";") if s] or [[]]
    locals_: dict[str, list[str]] = {}
    for declaration in declarations:
        made = _read_declaration(declaration)
        if made is None:
            return None
        locals_ |= {name: _put_in(text, locals_) for name, text in made.items()}
    found = _put_in(value, locals_)
    return found if found and len(found) <= _MOST else None


def _put_in(tokens: Sequence[str], values: dict[str, list[str]]) -> list[str]:
    return [t for token in tokens for t in values.get(token, (token,))]


def _read_declaration(tokens: Sequence[str]) -> dict[str, list[str]] | None:
    """The locals of a declaration with their initialisers in brackets; None for other statements."""
    rest = _behind_type(tokens)
    found: dict[str, list[str]] = {}
    for name, *given in split_outer(rest, ",") if rest else ():
        if not _WORD.match(name) or given[:1] != ["="]:
            return None
        found[name] = ["(", *given[1:], ")"]
    return found or None


def _behind_type(tokens: Sequence[str]) -> Sequence[str]:
    """What follows the type that a declaration begins with; nothing where it begins with none."""
    if tokens[0] in _TYPEOF and tuple(tokens[1:2]) == ("(",):
        return tokens[group_end(tokens, 1) :]
    assigned = tokens.index("=") if "=" in tokens else 0
    words = tokens[: max(assigned - 1, 0)]
    return tokens[len(words) :] if words and all(_WORD.match(w) for w in words) else ()
