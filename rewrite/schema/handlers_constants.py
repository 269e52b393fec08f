# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbers that a tree's own declarations fix, as handlers' expressions ask for them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from ..c.alternatives import expand_alike, make_alternatives
from ..c.conditions import Configuration, Definitions
from ..c.declarations import CType, read_type
from ..c.expand import Expander, Lexeme, lex_text
from ..c.fold import Folder
from ..c.headers import Header, read_enumerators
from ..c.scope import Scope
from ..errors import ExpansionError, UnknownTypeError
from .evaluate import combine_numbers
from .handlers_c import CTree, ExpressionKind

_MAX_DEPTH = 48
_MOST_TOKENS = 200


class Constants:
    """Folds names and types to numbers, as one file's scope declares them; None for what has none."""

    def __init__(self, scope: Scope, *, wide: bool = False) -> None:
        """`scope` is the file's names for one target, `wide` asks for sizes on hosts of 64 bits."""
        self.scope = scope
        self._wide = wide
        self._definitions = Definitions(scope, Configuration())
        self._plain: set[str] = set()
        self._values: dict[str, int | None] = {}

    @cached_property
    def _folder(self) -> Folder:
        def expand(tokens: Sequence[Lexeme]) -> Sequence[Lexeme]:
            return expand_alike(self._expander, tokens)

        return Folder(self.scope, expand, lambda name: None, wide=self._wide)

    @cached_property
    def _expander(self) -> Expander:
        look_up = self._definitions.at(len(self.scope.closure[0].data))
        return Expander(look_up, frozenset(("offsetof",)), self._plain)

    def value_of(self, name: str) -> int | None:
        """What an enumerator, a macro or a constant variable stands for."""
        if name not in self._values:
            value = self.number_of(name)
            if value is None and not self.scope.find_macros(name):
                found = {v for h in self.scope.closure for v in self._variable_values(h, name)}
                value = found.pop() if len(found) == 1 else None
            self._values[name] = value
        return self._values[name]

    def _variable_values(self, header: Header, name: str) -> list[int | None]:
        """What constants of that name are initialised with: `static const int version = 2;`."""
        raw = name.encode("latin-1")
        if not header.holds(raw):
            return []
        pattern = rb"\bconst\b[^;{}()=]*\b" + re.escape(raw) + rb"\s*=\s*([^;,{}]+);"
        return [self.number_of(m.decode("latin-1")) for m in re.findall(pattern, header.code)]

    def number_of(self, text: str) -> int | None:
        """The value of a constant expression's text, the same by each #define that may hold."""
        tokens = lex_text(text)
        if not 0 < len(tokens) <= _MOST_TOKENS:
            return None
        try:
            found = make_alternatives(self._expander, tokens, self._folder.fold)
        except (ExpansionError, UnknownTypeError):
            return None
        return found[0].made if len(found) == 1 else None

    def fold(self, tree: CTree, depth: int = 0) -> int | None:
        """The value of a tree of constants."""
        if depth > _MAX_DEPTH:
            return None
        if tree.kind is ExpressionKind.NUMBER:
            return int(tree.text)
        if tree.kind is ExpressionKind.NAME:
            return self.value_of(tree.text)
        if tree.kind is ExpressionKind.SIZEOF:
            return self.size_of_text(tree.text)
        parts = [self.fold(part, depth + 1) for part in _operands_of(tree)]
        known = [part for part in parts if part is not None]
        if len(known) != len(parts) or not known:
            return None
        if tree.kind is ExpressionKind.CALL:  # a macro with constant arguments, such as _IO(a, b)
            return self.number_of(f"{tree.parts[0].text}({', '.join(map(str, known))})")
        return combine_values(tree, known)

    def enumerators(self, body: str) -> list[tuple[str, int | None]]:
        """The enumerators between the braces of one enum with their values (C99 6.7.2.2)."""
        return [
            (name, self.number_of(f"({base or 0}) + {steps}"))
            for name, (base, steps) in read_enumerators(body)
        ]

    def size_of_text(self, text: str) -> int | None:
        """The size of a type's name; None for an expression, and for what the host decides."""
        found = read_type(text)
        return None if found is None else self.size_of(found)

    def size_of(self, ctype: CType) -> int | None:
        """The bytes of a type that is as large on every host and target."""
        try:
            return self._folder.layout.size_of(ctype)
        except (ExpansionError, UnknownTypeError):
            return None

    def length_of(self, ctype: CType) -> int | None:
        """The number of elements of an array."""
        try:
            return self._folder.layout.length_of(ctype)
        except (ExpansionError, UnknownTypeError):
            return None


def _operands_of(tree: CTree) -> tuple[CTree, ...]:
    """What a tree's value is made of; of a call, its arguments."""
    if tree.kind is ExpressionKind.CALL:
        return tree.parts[1:] if tree.parts[0].kind is ExpressionKind.NAME else ()
    return tree.parts


def combine_values(tree: CTree, values: list[int]) -> int | None:
    """The value of an operator's node whose operands have these values."""
    if tree.kind in (ExpressionKind.BINARY, ExpressionKind.UNARY, ExpressionKind.CONDITIONAL):
        return combine_numbers(tree.text, values)
    if tree.kind is ExpressionKind.CAST:
        return _narrow_value(tree.text, values[0])
    return None


def _narrow_value(ctype: str, value: int) -> int | None:
    """A number after a cast to a type whose width is known here."""
    match = re.fullmatch(r"(u?)int(8|16|32|64)_t", ctype)
    if match is not None:
        bits = int(match[2])
        value &= (1 << bits) - 1
        return value if match[1] or value < 1 << (bits - 1) else value - (1 << bits)
    return value if "*" not in ctype else None
