# SPDX-License-Identifier: GPL-2.0-or-later
"""Constant expressions (C99 6.6) of expanded tokens: numbers, enumerators, sizes of types."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..errors import ExpansionError, UnknownTypeError
from .conditions import parse_number
from .declarations import read_type
from .expand import Lexeme, close_of, lex_text, spell_tokens
from .layout import TypeLayout
from .operators import UNARY, apply_binary, precedence_of
from .scope import Scope

_MOST_NESTED = 40
_LEAST, _MOST = -(1 << 63), (1 << 64) - 1
_LIBRARY = {
    "CHAR_BIT": 8, "UINT8_MAX": 0xFF, "UINT16_MAX": 0xFFFF, "UINT32_MAX": 0xFFFFFFFF,
    "INT8_MAX": 0x7F, "INT16_MAX": 0x7FFF, "INT32_MAX": 0x7FFFFFFF, "true": 1, "false": 0,
}  # fmt: skip
_TYPED = frozenset(
    f"{sign}INT{bits}_C" for sign in ("", "U") for bits in ("8", "16", "32", "64", "MAX")
)
"""The macros of stdint.h that give a constant its type (C99 7.18.4)."""

Expand = Callable[[Sequence[Lexeme]], Sequence[Lexeme]]
"""Gives tokens with all macros expanded. Raises ExpansionError or UnknownTypeError."""


class Folder:
    """Values in one scope. Raises UnknownTypeError, with the reason, for what is no constant."""

    def __init__(
        self,
        scope: Scope,
        expand: Expand,
        made: Callable[[str], tuple[str, int] | None],
        *,
        wide: bool = False,
    ) -> None:
        """`scope` finds declarations; `expand` expands the text of an enumerator's value.

        `wide` asks for sizes as hosts of 64 bits have them.
        `made` gives an enumerator that a macro makes, as Header.enumerators does.
        """
        self._scope = scope
        self._made = made
        self._expand = expand
        self._depth = 0
        self._sizes: dict[tuple[str, ...], int] = {}
        self.layout = TypeLayout(scope, self._fold_length, wide=wide)

    def _fold_length(self, tokens: Sequence[Lexeme]) -> int:
        return self.fold(self._expand(tokens))

    def fold(self, tokens: Sequence[Lexeme]) -> int:
        """The value of an expression whose macros are expanded."""
        number = parse_number(tokens[0].text) if len(tokens) == 1 else None
        if number is not None and number <= _MOST:
            return number
        if self._depth > _MOST_NESTED:
            raise UnknownTypeError("constants that nest too deep")
        self._depth += 1
        try:
            reader = _ConstantReader(tokens, self)
            value = reader.read_ternary()
            if reader.at < len(tokens):
                raise UnknownTypeError(f"`{spell_tokens(tokens)}` is no constant")
            return value
        except ExpansionError as error:
            raise UnknownTypeError(str(error)) from error
        finally:
            self._depth -= 1

    def named(self, name: str) -> int:
        """The value of an enumerator, or of a macro of the C library that every host has."""
        if name in _LIBRARY:
            return _LIBRARY[name]
        found = [h.enumerators[name] for h in self._scope.closure if name in h.enumerators]
        if not found:
            made = self._made(name)
            found = [made] if made is not None else []
        values = {
            (self._fold_length(lex_text(base)) if base else 0) + steps for base, steps in found
        }
        if len(values) != 1:
            raise UnknownTypeError(
                f"{name} has no value that is known" if not values else f"{name} has several values"
            )
        return values.pop()

    def size_of(self, tokens: Sequence[Lexeme]) -> int:
        """The value of sizeof."""
        if len(tokens) == 1 and tokens[0].text.startswith('"'):
            return len(tokens[0].text) - 1
        key = tuple(token.text for token in tokens)
        if key not in self._sizes:
            self._sizes[key] = self.layout.size_of(self.layout.of_type_or_expression(tokens))
        return self._sizes[key]


class _ConstantReader:
    """Recursive descent with C's precedence."""

    def __init__(self, tokens: Sequence[Lexeme], folder: Folder) -> None:
        self.tokens, self.at, self.folder = tokens, 0, folder

    def peek(self) -> str:
        return self.tokens[self.at].text if self.at < len(self.tokens) else ""

    def read_ternary(self) -> int:
        condition = self.read_binary(1)
        if self.peek() != "?":
            return condition
        self.at += 1
        first = self.read_ternary()
        if self.peek() != ":":
            raise UnknownTypeError("a condition without its second value")
        self.at += 1
        second = self.read_ternary()
        return first if condition else second

    def read_binary(self, least: int) -> int:
        start = self.at
        alike = self._read_ratio(start)
        left = alike if alike is not None else self.read_unary()
        while precedence_of(self.peek()) >= least:
            operator = self.peek()
            self.at += 1
            right = self.read_binary(precedence_of(operator) + 1)
            if operator in ("/", "%") and right == 0:
                raise UnknownTypeError("a division by zero")
            left = apply_binary(operator, left, right)
            if not _LEAST <= left <= _MOST:
                raise UnknownTypeError("a value of more than 64 bits")
        return left

    def _take_group(self, at: int) -> int:
        """The index after a sizeof at `at`, or `at` where there is none."""
        tokens = self.tokens
        if at + 1 < len(tokens) and tokens[at].text == "sizeof" and tokens[at + 1].text == "(":
            return close_of(tokens, at + 1) + 1
        return at

    def _read_ratio(self, start: int) -> int | None:
        """`sizeof(x) / sizeof((x)[0])` is the length of x, whatever its elements are.

        `sizeof(x) - sizeof(x)` is 0, whatever x is: the idiom of assertions at compile time.
        """
        middle = self._take_group(start)
        if middle == start or middle >= len(self.tokens):
            return None
        end = self._take_group(middle + 1)
        operator = self.tokens[middle].text
        if end == middle + 1 or operator not in ("/", "-"):
            return None
        first, second = self.tokens[start + 2 : middle - 1], self.tokens[middle + 3 : end - 1]
        texts = [t.text for t in first], [t.text for t in second if t.text not in "()"]
        bare = [t for t in texts[0] if t not in "()"]
        if operator == "-" and bare == texts[1]:
            self.at = end
            return 0
        if operator == "/" and texts[1] in ([*bare, "[", "0", "]"], ["*", *bare]):
            self.at = end
            return self.folder.layout.length_of_expression(first)
        if operator == "/" and self.folder.layout.is_element(first, second):
            self.at = end
            return self.folder.layout.length_of_expression(first)
        return None

    def read_unary(self) -> int:
        if self.at >= len(self.tokens):
            raise UnknownTypeError("an expression that ends too early")
        token = self.tokens[self.at]
        self.at += 1
        if token.text in UNARY:
            return UNARY[token.text](self.read_unary())
        if token.text == "(":
            return self._read_bracket()
        if token.text == "sizeof":
            return self._read_sizeof()
        number = parse_number(token.text)
        if number is not None and number <= _MOST:
            return number
        if token.text in _TYPED and self.peek() == "(":
            return self.read_unary()
        if token.word and self.peek() not in ("(", "[", ".", "->"):
            return self.folder.named(token.text)
        raise UnknownTypeError(f"`{spell_tokens(self.tokens)}` is no constant")

    def _read_bracket(self) -> int:
        """A cast, which keeps the value of what fits, or an expression in brackets."""
        end = close_of(self.tokens, self.at - 1)
        inner = self.tokens[self.at : end]
        following = self.tokens[end + 1].text if end + 1 < len(self.tokens) else ""
        starts = following[:1].isalnum() or following[:1] in ("(", "~", "'", "_")
        self.at = end + 1
        if starts and all(t.word or t.text == "*" for t in inner):
            return self._read_cast(inner)
        return self.folder.fold(inner)

    def _read_cast(self, inner: Sequence[Lexeme]) -> int:
        ctype = read_type(spell_tokens(inner))
        value = self.read_unary()
        if ctype is None:
            raise UnknownTypeError(f"a cast to `{spell_tokens(inner)}`")
        bits = 8 * self.folder.layout.size_of(ctype)
        if not -(1 << (bits - 1)) <= value < 1 << bits:
            raise UnknownTypeError("a cast that changes the value")
        return value

    def _read_sizeof(self) -> int:
        if self.peek() != "(":
            return self.folder.size_of(self._take_operand())
        end = close_of(self.tokens, self.at)
        inner = self.tokens[self.at + 1 : end]
        self.at = end + 1
        return self.folder.size_of(inner)

    def _take_operand(self) -> Sequence[Lexeme]:
        """The operand of a sizeof without brackets: a name with its members."""
        start = self.at
        while self.peek() in ("*", "&"):
            self.at += 1
        while self.at < len(self.tokens):
            text = self.peek()
            if text == "[":
                self.at = close_of(self.tokens, self.at)
            elif precedence_of(text) or text in ("?", ":", ")"):
                break
            self.at += 1
        return self.tokens[start : self.at]
