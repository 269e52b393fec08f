# SPDX-License-Identifier: GPL-2.0-or-later
"""What the preprocessor makes of a text, as far as the #define lines that a file can see tell.

A name may be defined several times, under #if or for several targets: then each definition counts,
and what each of them gives stands in the result, one after the other. So the result is no text to
compile, but every name, assignment and call that the compiler may meet is in it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from .headers import Macro
from .lexical import group_end, split_outer

_TOKEN = re.compile(
    r"[A-Za-z_]\w*|\.?\d(?:[eEpP][+-]|[\w.])*|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'"
    r"|\.\.\.|->|\+\+|--|<<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|##|\S",
)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|//[^\n]*|\\\r?\n", re.DOTALL)

TOO_MANY = 60_000
"""How many tokens an expansion may have; a text of more is not understood."""

ASSIGNING = frozenset(
    ("=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", "++", "--")
)
JUMPS = frozenset(("return", "goto", "break", "continue"))
ASSEMBLING = frozenset(("asm", "__asm", "__asm__"))
_NO_CALLS = frozenset(
    (
        *("if", "while", "for", "switch", "return", "sizeof", "typeof", "__typeof__", "__typeof"),
        *("alignof", "_Alignof", "__alignof__", "offsetof", "__builtin_offsetof", "defined"),
        *("__attribute__", "__attribute", "_Generic", "do", "else", "case"),
    )
)
_TYPE_SEEING = frozenset(
    (
        *("sizeof", "typeof", "__typeof__", "__typeof", "typeof_unqual", "_Generic", "__auto_type"),
        *("auto", "_Alignof", "alignof", "__alignof__", "__builtin_types_compatible_p"),
        *("__builtin_choose_expr", "__builtin_classify_type", "__builtin_constant_p"),
    )
)
_CHOOSING = frozenset(
    (
        "?",
        "&&",
        "||",
        "#",
        "##",
        *JUMPS,
        *ASSEMBLING,
        *_TYPE_SEEING,
        "if",
        "for",
        "while",
        "do",
        "switch",
    )
)
"""What makes a macro more than an expression that evaluates each of its operands."""
_STATEMENTS = frozenset(
    ("if", "else", "for", "while", "do", "switch", "case", "default", ";", "{", "}", *JUMPS)
)


def tokens_of(text: str) -> list[str]:
    """The preprocessing tokens of a text, comments and splices left out (C99 6.4)."""
    return _TOKEN.findall(_COMMENT.sub(" ", text))


def is_word(token: str) -> bool:
    """Whether a token is an identifier or a keyword."""
    return token[:1].isalpha() or token[:1] == "_"


@dataclass(frozen=True)
class Expansion:
    """All tokens that a text may come to; `strings` are the texts that # makes strings of.

    `whole` is False where the text was too much to expand: then anything may be in it.
    """

    tokens: tuple[str, ...]
    strings: tuple[str, ...]
    whole: bool

    @property
    def words(self) -> frozenset[str]:
        """Its identifiers and keywords."""
        return frozenset(t for t in self.tokens if is_word(t))

    @property
    def names(self) -> frozenset[str]:
        """Its words but for members: what a variable's name would be confused with."""
        pairs = zip(("", *self.tokens), self.tokens, strict=False)
        return frozenset(t for before, t in pairs if is_word(t) and before not in (".", "->"))

    @property
    def calls(self) -> bool:
        """Whether it calls something, also through a pointer."""
        return any(True for _ in self._find_called())

    def _find_called(self) -> Iterator[str]:
        for index, token in enumerate(self.tokens[:-1]):
            following = self.tokens[index + 1]
            if following == "(" and is_word(token) and token not in _NO_CALLS:
                yield token
            if token == "(" and following == "*" and self._is_pointer_call(index):
                yield following

    def _is_pointer_call(self, at: int) -> bool:
        """Whether the group at `at` is `(*g)` in `(*g)(x)`."""
        end = group_end(self.tokens, at)
        return (
            end < len(self.tokens) and self.tokens[end] == "(" and "*" not in self.tokens[end - 2]
        )

    @property
    def acts(self) -> bool:
        """Whether evaluating it may do more than give a value: call, assign, jump, be assembly."""
        doing = ASSIGNING | JUMPS | ASSEMBLING
        return not self.whole or self.calls or any(t in doing for t in self.tokens)


@dataclass
class _Work:
    """What one expansion collects, and how much of its room is left."""

    strings: list[str] = field(default_factory=list)
    left: int = TOO_MANY


class TooMuchError(Exception):
    """A text whose expansion has no end worth waiting for."""


class Macros:
    """The macros that a file can see, by name."""

    def __init__(self, look_up: Callable[[str], Sequence[Macro]]) -> None:
        """`look_up` gives every definition of a name."""
        self._look_up = look_up
        self._known: dict[str, tuple[Macro, ...]] = {}
        self._acts: dict[str, bool] = {}

    def of(self, name: str) -> tuple[Macro, ...]:
        """The definitions of a name, each distinct one once."""
        if name not in self._known:
            found = {(m.parameters, m.body): m for m in self._look_up(name)}
            self._known[name] = tuple(found.values())
        return self._known[name]

    def expand(self, text: str) -> Expansion:
        """What a text may come to."""
        work = _Work()
        try:
            tokens = self._expand_tokens(tokens_of(text), frozenset(), work)
        except (TooMuchError, RecursionError):
            return Expansion(tuple(tokens_of(text)), (), whole=False)
        return Expansion(tuple(tokens), tuple(work.strings), whole=True)

    def name_acts(self, name: str) -> bool:
        """Whether a name alone, without arguments, is a macro that does more than give a value."""
        if name not in self._acts:
            self._acts[name] = any(
                m.parameters is None and self.expand(m.body).acts for m in self.of(name)
            )
        return self._acts[name]

    def takes_any_type(self, name: str) -> bool:
        """Whether a name is a macro in which nothing can tell the types of the arguments."""
        made = [self.expand(m.body) for m in self.of(name)]
        return bool(made) and all(m.whole and not m.words & _TYPE_SEEING for m in made)

    def evaluates(self, name: str, place: int) -> bool:
        """Whether a name is a macro that evaluates the argument at a place once, and nothing else that
        acts: `#define make_float64(x) (x)`, also `({ float64 f64_val = { x }; f64_val; })`."""
        found = self.of(name)
        return bool(found) and all(self._uses_once(macro, place) for macro in found)

    def drops(self, name: str, place: int) -> bool:
        """Whether a name is a macro, and each of its definitions has no use for the argument at a place."""
        found = self.of(name)
        return bool(found) and all(_is_unused(macro, place) for macro in found)

    def _uses_once(self, macro: Macro, place: int) -> bool:
        parameters, body = macro.parameters, tokens_of(macro.body)
        if parameters is None or place >= len(parameters) or parameters[-1].endswith("..."):
            return False
        if body.count(parameters[place]) != 1 or not _CHOOSING.isdisjoint(body):
            return False
        words = [t for t in body if is_word(t) and t not in parameters]
        called = any(
            a in words and a != "__extension__" and b == "(" for a, b in itertools.pairwise(body)
        )
        assigned = sum(t in ASSIGNING for t in body) - sum(
            c == "=" and is_word(a) and is_word(b)
            for a, b, c in zip(body, body[1:], body[2:], strict=False)
        )
        return not called and not assigned and not any(self.of(word) for word in words)

    def is_statement(self, name: str) -> bool:
        """Whether a name alone is a macro that begins, ends or is a statement, as `if (x)` is none
        that a parser can tell from a type."""
        for macro in self.of(name):
            if macro.parameters is None:
                made = self.expand(macro.body)
                if not made.whole or any(t in _STATEMENTS for t in _outside_groups(made.tokens)):
                    return True
        return False

    def _expand_tokens(
        self, tokens: Sequence[str], hidden: frozenset[str], work: _Work
    ) -> list[str]:
        result: list[str] = []
        at = 0
        while at < len(tokens):
            token = tokens[at]
            work.left -= 1
            if work.left < 0:
                raise TooMuchError
            macros = self.of(token) if is_word(token) and token not in hidden else ()
            if not macros:
                result.append(token)
                at += 1
                continue
            called = at + 1 < len(tokens) and tokens[at + 1] == "("
            end = group_end(tokens, at + 1) if called else at + 1
            group = tokens[at + 1 : end]
            for number, macro in enumerate(macros):
                if number:
                    result.append(";")
                result += self._expand_one(macro, group, hidden, work)
            at = end
        return result

    def _expand_one(
        self, macro: Macro, group: Sequence[str], hidden: frozenset[str], work: _Work
    ) -> list[str]:
        """What one definition makes of its name and the parenthesised group after it, if any."""
        inner = hidden | {macro.name}
        if macro.parameters is None:
            # What it stands for may take the group for its arguments.
            return self._expand_tokens([*tokens_of(macro.body), *group], inner, work)
        if not group:
            return [macro.name]
        given = split_outer(group[1:-1])
        values = _bind_arguments(macro.parameters, given)
        if values is None:
            return [macro.name, *self._expand_tokens(group, hidden, work)]
        body = self._substitute_body(tokens_of(macro.body), values, hidden, work)
        return self._expand_tokens(body, inner, work)

    def _substitute_body(
        self,
        body: Sequence[str],
        values: dict[str, list[str]],
        hidden: frozenset[str],
        work: _Work,
    ) -> list[str]:
        """A body with its arguments put in, the operators # and ## done (C99 6.10.3)."""
        result: list[str] = []
        at = 0
        while at < len(body):
            token = body[at]
            following = body[at + 1] if at + 1 < len(body) else ""
            if token == "#" and following in values:
                work.strings.append(" ".join(values[following]))
                result.append('""')
                at += 2
                continue
            if token == "##" and following:
                right = values.get(following, [following])
                left = result.pop() if result else ""
                pasted = [left + right[0], *right[1:]] if right else [left]
                result += [t for t in pasted if t and t != ","]
                at += 2
                continue
            if token in values:
                raw = following == "##"
                value = values[token]
                result += value if raw else self._expand_tokens(value, hidden, work)
                work.left -= len(value)
            else:
                result.append(token)
            at += 1
        return result


def _is_unused(macro: Macro, place: int) -> bool:
    """Whether what a macro is replaced by has not the parameter for the argument at a place."""
    parameters = macro.parameters
    if not parameters:
        return False
    last = parameters[-1]
    rest = last.removesuffix("...").strip() or "__VA_ARGS__" if last.endswith("...") else ""
    if place >= len(parameters) and not rest:
        return False
    name = rest if rest and place >= len(parameters) - 1 else parameters[place]
    return name not in tokens_of(macro.body)


def _bind_arguments(
    parameters: Sequence[str], given: list[list[str]]
) -> dict[str, list[str]] | None:
    """The arguments by their parameters' names, None where they are too few or too many."""
    names = list(parameters)
    variadic = bool(names) and names[-1].endswith("...")
    if variadic:
        last = names.pop().removesuffix("...").strip() or "__VA_ARGS__"
        rest: list[str] = []
        for part in given[len(names) :]:
            rest += [*([","] if rest else []), *part]
        values = dict(zip(names, given, strict=False))
        values[last] = rest
        return values if len(given) >= len(names) else None
    if not names and given == [[]]:
        return {}
    return dict(zip(names, given, strict=True)) if len(names) == len(given) else None


def _outside_groups(tokens: Sequence[str]) -> Iterator[str]:
    """The tokens outside parentheses: what is in them is an expression or a statement of its own."""
    depth = 0
    for token in tokens:
        if token == ")":
            depth -= 1
        if depth == 0:
            yield token
        if token == "(":
            depth += 1
