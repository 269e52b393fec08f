# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether an #if holds, as far as it can be told, and which #define of a name is in force.

What a build defines is not in the text, but for the symbols that a Configuration knows. The answer
to a condition is therefore yes, no, or open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from .expand import Lexeme, MacroText, lex_text, split_tokens
from .headers import Header, Macro
from .lexical import ConditionalBranch, group_end
from .operators import UNARY, apply_binary, precedence_of
from .scope import Scope

Number = int | None
"""The value of a preprocessor expression; None where it is open."""


@dataclass(frozen=True)
class Configuration:
    """Symbols of the build whose value is known; None says that one is not defined."""

    symbols: Mapping[str, int | None] = field(default_factory=dict)


def parse_number(text: str) -> int | None:
    """The value of an integer or character constant (C99 6.4.4), None where it is no such."""
    if text[:1] == "'" and len(text) >= 3:
        inner = text[1:-1]
        if len(inner) == 1:
            return ord(inner)
        return {"\\0": 0, "\\n": 10, "\\t": 9, "\\r": 13, "\\\\": 92, "\\'": 39}.get(inner)
    digits = text.rstrip("uUlL")
    try:
        if digits[:1] == "0" and digits.isdigit():
            return int(digits, 8)
        return int(digits, 0) if digits[:1].isdigit() else None
    except ValueError:
        return None


class _Condition:
    """Recursive descent over the tokens behind #if (C99 6.10.1), with open values."""

    def __init__(self, tokens: Sequence[Lexeme], value_of: Callable[[str, bool], Number]) -> None:
        self.tokens, self.at, self.value_of = tokens, 0, value_of

    def peek(self) -> str:
        return self.tokens[self.at].text if self.at < len(self.tokens) else ""

    def take(self) -> str:
        text = self.peek()
        self.at += 1
        return text

    def read_ternary(self) -> Number:
        condition = self.read_binary(1)
        if self.peek() != "?":
            return condition
        self.take()
        first = self.read_ternary()
        self.take()
        second = self.read_ternary()
        if condition is None:
            return first if first == second else None
        return first if condition else second

    def read_binary(self, least: int) -> Number:
        left = self.read_unary()
        while precedence_of(self.peek()) >= least:
            operator = self.take()
            left = _combine_numbers(operator, left, self.read_binary(precedence_of(operator) + 1))
        return left

    def read_unary(self) -> Number:
        text = self.take()
        if text in UNARY:
            operand = self.read_unary()
            return None if operand is None else UNARY[text](operand)
        if text == "(":
            inner = self.read_ternary()
            self.take()
            return inner
        if text == "defined":
            bracket = self.peek() == "("
            self.at += bracket
            name = self.take()
            self.at += bracket
            return self.value_of(name, True)
        number = parse_number(text)
        if number is not None or (not text[:1].isalpha() and text[:1] != "_"):
            return number
        if self.peek() == "(":
            self._pass_arguments()
            return None
        return self.value_of(text, False)

    def _pass_arguments(self) -> None:
        self.at = group_end([token.text for token in self.tokens], self.at)


def _combine_numbers(operator: str, left: Number, right: Number) -> Number:
    """A binary operation where one of the operands may be open."""
    if operator == "&&" and 0 in (left, right):
        return 0
    if operator == "||" and any(n is not None and n != 0 for n in (left, right)):
        return 1
    if left is None or right is None:
        return None
    return apply_binary(operator, left, right)


def calculate(
    tokens: Sequence[Lexeme], value_of: Callable[[str, bool], Number], *, whole: bool = True
) -> Number:
    """The value of an expression of the preprocessor's kind; None where it is open, or none.

    `value_of` gives that of a name, or of `defined NAME` where it is asked for that. Unless it is to
    be the `whole`, what follows the expression does not count.
    """
    reader = _Condition(tokens, value_of)
    try:
        value = reader.read_ternary()
    except RecursionError:
        return None
    return value if reader.at == len(tokens) or not whole else None


class Definitions:
    """The #defines that a place of a file sees, of each name those that may hold there."""

    def __init__(self, scope: Scope, configuration: Configuration) -> None:
        """`scope` is what the file sees; `configuration` what is known of the build."""
        self._scope = scope
        self._configuration = configuration
        self._found: dict[str, tuple[MacroText, ...]] = {}
        self._values: dict[tuple[str, bool], Number] = {}

    @cached_property
    def _own(self) -> Header:
        return self._scope.closure[0]

    def at(self, offset: int) -> Callable[[str], Sequence[MacroText]]:
        """A look-up of names for what stands at an offset of the file."""

        def look_up(name: str) -> Sequence[MacroText]:
            if name in self._own.macros:
                return self._choose(name, offset)
            if name not in self._found:
                self._found[name] = self._choose(name, offset)
            return self._found[name]

        return look_up

    def _choose(self, name: str, offset: int) -> tuple[MacroText, ...]:
        """The definitions of a name that may hold, the nearest header's first, no two alike."""
        made: dict[str, MacroText] = {}
        last: MacroText | None = None
        for header, macro in self._scope.find_macros(name):
            if header is self._own and macro.offset > offset and made:
                continue
            condition = self.open_condition(header, macro.offset, name)
            if condition is None:
                continue
            text = _text_of(macro, condition)
            if condition == "":
                if header is not self._own:
                    last = last or text
                    break
                last = text
                made.clear()
            elif last is None:
                made.setdefault(" ".join(macro.body.split()), text)
        if last is not None:
            return (last,)
        return tuple(made.values())

    def open_condition(self, header: Header, offset: int, name: str = "") -> str | None:
        """The part of the #if around a place that is open, empty for none; None if it can't hold.

        That `name`, which is defined there, was not defined before is taken as given, as is the
        guard of a header.
        """
        terms = []
        for branch in header.conditionals.around(offset):
            if _is_guard(header, branch) or branch.condition == b"!defined(%s)" % name.encode():
                continue
            text = branch.condition.decode("latin-1")
            value = self.holds(text, branch.start if header is self._own else None)
            if value == 0:
                return None
            if value is None:
                terms.append(text)
        return " && ".join(f"({t})" if len(terms) > 1 and "||" in t else t for t in terms)

    def holds(self, condition: str, offset: int | None = None) -> Number:
        """Whether the text behind an #if holds: 0 for no, None where that is open.

        `offset` is where it stands, if that is in the file itself.
        """

        def value_of(name: str, defined: bool) -> Number:
            if defined and name not in self._configuration.symbols and offset is not None:
                return self._is_defined(name, offset)
            return self._value_of(name, defined)

        return calculate(lex_text(condition), value_of, whole=False)

    def _is_defined(self, name: str, offset: int) -> Number:
        """Whether a macro is defined at a place of the file, as far as its own text shows it."""
        found = self._scope.find_macros(name)
        own = [m for h, m in found if h is self._own and m.offset < offset]
        if any(self._own.conditionals.around(m.offset) == () for m in own):
            return 1
        others = [(h, m) for h, m in found if h is not self._own]
        if any(self.open_condition(h, m.offset, name) == "" for h, m in others):
            return 1
        return 0 if found and not own and not others else None

    def _value_of(self, name: str, defined: bool) -> Number:
        symbols = self._configuration.symbols
        if name in symbols:
            value = symbols[name]
            return int(value is not None) if defined else (value or 0)
        key = (name, defined)
        if key not in self._values:
            self._values[key] = None  # while its own definition is looked at
            self._values[key] = None if defined else self._number_of(name)
        return self._values[key]

    def _number_of(self, name: str) -> Number:
        """The value of a macro that has one definition only, a number."""
        values = {self.holds(" ".join(t.text for t in m.body)) for m in self._choose(name, 0)}
        return values.pop() if len(values) == 1 else None


def _is_guard(header: Header, branch: ConditionalBranch) -> bool:
    """Whether a branch is what keeps a header from being read twice."""
    words = header.text[branch.start : branch.start + 200].split(None, 3)[:2]
    return (
        branch.condition.startswith(b"!defined(")
        and len(words) == 2
        and words[0] == b"#define"
        and branch.condition == b"!defined(" + words[1] + b")"
    )


def _text_of(macro: Macro, condition: str) -> MacroText:
    return MacroText(macro.name, macro.parameters, _lex_body(macro.body), condition)


@lru_cache(maxsize=16384)
def _lex_body(body: str) -> tuple[Lexeme, ...]:
    """The tokens of a body, which many files use."""
    return lex_text(body)


def join_conditions(terms: Sequence[str]) -> str:
    """Conditions that must all hold, as one."""
    left = [t for t in dict.fromkeys(terms) if t]
    if len(left) == 1:
        return left[0]
    return " && ".join(f"({t})" if len(split_tokens(lex_text(t), "||")) > 1 else t for t in left)
