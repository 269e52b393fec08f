# SPDX-License-Identifier: GPL-2.0-or-later
"""Macro expansion (C99 6.10.3) of a part of a file: `#`, `##`, nesting, `__VA_ARGS__`.

Which #define holds is not known from text where #if offers several. Whoever asks is told the choice
that was made and may make another: an Expansion lists the names that had one.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ..errors import ExpansionError
from . import lexical

_TOKEN = re.compile(
    r"(\s*)([A-Za-z_]\w*|\.?\d(?:[eEpP][+-]|[\w.])*|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|\.\.\."
    r"|->|\+\+|--|<<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||##|[-+*/%&|^]=|\S)"
)
_WORD = re.compile(r"[A-Za-z_]\w*\Z")
_MOST_TOKENS = 200_000


class Lexeme(NamedTuple):
    """A token of the preprocessor.

    `space` says whether white space is in front of it, `offset` where it stands in the file (for a
    word or the first token of a macro's body, where the use of the macro does), `hidden` the macros
    that it may not be expanded by again.
    """

    text: str
    space: bool = False
    offset: int = 0
    hidden: frozenset[str] = frozenset()

    @property
    def word(self) -> bool:
        """Whether it is an identifier or a keyword."""
        return self.text.isidentifier()


@dataclass(frozen=True)
class MacroText:
    """A #define as expansion needs it; `condition` is the #if that it stands under, if that is open."""

    name: str
    parameters: tuple[str, ...] | None
    body: tuple[Lexeme, ...]
    condition: str = ""


Definitions = Callable[[str], Sequence[MacroText]]
"""Gives the #defines of a name that may hold, none for what is no macro."""


@dataclass
class Choices:
    """Which of several definitions was, or is to be, taken: by name, counted from 0."""

    taken: dict[str, int] = field(default_factory=dict)
    offered: dict[str, Sequence[MacroText]] = field(default_factory=dict)

    def take(self, name: str, found: Sequence[MacroText]) -> MacroText:
        """One of the definitions of a name."""
        if len(found) == 1:
            return found[0]
        self.offered[name] = found
        return found[min(self.taken.get(name, 0), len(found) - 1)]


def lex_text(text: str, base: int = 0) -> tuple[Lexeme, ...]:
    """The tokens of text without comments and directives; `base` is the offset of its start."""
    return tuple(
        Lexeme(m.group(2), bool(m.group(1)), base + m.start(2))
        for m in _TOKEN.finditer(text.replace("\\\n", " \n"))
    )


def spell_tokens(tokens: Sequence[Lexeme]) -> str:
    """The tokens as text, with one space wherever there was white space."""
    text = "".join((" " if t.space else "") + t.text for t in tokens)
    return text.strip()


def _text_of(token: Lexeme) -> str:
    return token.text


def split_tokens(tokens: Sequence[Lexeme], separator: str = ",") -> list[list[Lexeme]]:
    """The parts of a list between its outermost separators."""
    return lexical.split_outer(tokens, separator, _text_of)


def close_of(tokens: Sequence[Lexeme], opening: int) -> int:
    """The index of the bracket that closes the one at `opening`. Raises ExpansionError."""
    close = lexical.close_of(t.text for t in itertools.islice(tokens, opening, None))
    if close is None:
        raise ExpansionError(f"no bracket closes `{tokens[opening].text}`")
    return opening + close


class Expander:
    """Expands tokens by the macros that one place of a file sees."""

    def __init__(
        self,
        definitions: Definitions,
        fixed: frozenset[str] = frozenset(),
        plain: set[str] | None = None,
    ) -> None:
        """`definitions` looks a name up; the names in `fixed` are left as they are.

        `plain` are texts of tokens that are known to be no macros anywhere in the file; whoever
        looks names up may add to it.
        """
        self._definitions = definitions
        self._fixed = fixed
        self._plain = plain if plain is not None else set()

    def expand(self, tokens: Sequence[Lexeme], choices: Choices | None = None) -> list[Lexeme]:
        """The tokens after all expansion, each macro by its taken definition. Raises ExpansionError."""
        made: list[Lexeme] = []
        choice = choices if choices is not None else Choices()
        left = list(reversed(tokens))
        plain = self._plain
        while left:
            token = left.pop()
            if token.text in plain:
                made.append(token)
                continue
            macro = self._find_macro(token, choice)
            if macro is None:
                made.append(token)
            elif macro.parameters is None:
                left += reversed(self._fill_body(macro, {}, token, choice, token.hidden))
            elif left and left[-1].text == "(":
                bound = _bind_arguments(macro, self._take_arguments(left, token))
                left += reversed(self._fill_body(macro, bound, token, choice, token.hidden))
            else:
                made.append(token)
            if len(made) + len(left) > _MOST_TOKENS:
                raise ExpansionError(f"the macro {token.text} expands without end")
        return made

    def _find_macro(self, token: Lexeme, choices: Choices) -> MacroText | None:
        if not token.word:
            self._plain.add(token.text)
            return None
        if token.text in token.hidden or token.text in self._fixed:
            return None
        found = self._definitions(token.text)
        return choices.take(token.text, found) if found else None

    @staticmethod
    def _take_arguments(left: list[Lexeme], name: Lexeme) -> list[list[Lexeme]]:
        """Take the arguments of a call, and its closing bracket, from the reversed rest."""
        close = lexical.close_of(t.text for t in reversed(left))
        if close is None:
            raise ExpansionError(f"the arguments of {name.text} do not end")
        taken = [left.pop() for _ in range(close + 1)]
        return _split_arguments(taken[1:-1])

    def _fill_body(
        self,
        macro: MacroText,
        bound: dict[str, list[Lexeme]],
        use: Lexeme,
        choices: Choices,
        hidden: frozenset[str],
    ) -> list[Lexeme]:
        """The body with its arguments, to be scanned again (C99 6.10.3.1 to 6.10.3.4)."""
        hidden |= {macro.name}
        expanded: dict[str, list[Lexeme]] = {}

        def full(name: str) -> list[Lexeme]:
            if name not in expanded:
                expanded[name] = self.expand(bound[name], choices)
            return expanded[name]

        made = [
            Lexeme(t.text, t.space, use.offset, t.hidden | hidden if t.hidden else hidden)
            if t.word
            else t
            for t in _substitute_parameters(macro, bound, full)
        ]
        if made:
            made[0] = Lexeme(made[0].text, use.space, use.offset, made[0].hidden)
        return made


def _split_arguments(tokens: Sequence[Lexeme]) -> list[list[Lexeme]]:
    """The arguments of a call: only round brackets keep a comma inside (C99 6.10.3p11)."""
    part: list[Lexeme] = []
    parts = [part]
    depth = 0
    for token in tokens:
        text = token.text
        if text == "," and depth == 0:
            part = []
            parts.append(part)
            continue
        if text == "(":
            depth += 1
        elif text == ")":
            depth -= 1
        part.append(token)
    return parts


def _bind_arguments(macro: MacroText, arguments: list[list[Lexeme]]) -> dict[str, list[Lexeme]]:
    """The arguments by parameter. `...` and `name...` take all that is left."""
    parameters = macro.parameters or ()
    if not parameters:
        if any(arguments):
            raise ExpansionError(f"the macro {macro.name} takes no argument")
        return {}
    names = list(parameters)
    if names[-1].endswith("..."):
        fixed = len(names) - 1
        names[-1] = names[-1].removesuffix("...").strip() or "__VA_ARGS__"
        rest: list[Lexeme] = []
        for number, argument in enumerate(arguments[fixed:]):
            rest += [Lexeme(","), *argument] if number else argument
        arguments = [*arguments[:fixed], rest]
        arguments += [[]] * (len(names) - len(arguments))
    if len(arguments) != len(names):
        raise ExpansionError(
            f"the macro {macro.name} takes {len(names)} arguments, not {len(arguments)}"
        )
    return dict(zip(names, arguments, strict=True))


def _substitute_parameters(
    macro: MacroText,
    bound: dict[str, list[Lexeme]],
    full: Callable[[str], list[Lexeme]],
) -> Iterator[Lexeme]:
    """The body with arguments in the place of parameters; `full` gives an expanded argument."""
    body, at = macro.body, 0
    made: list[Lexeme] = []
    while at < len(body):
        token = body[at]
        following = body[at + 1].text if at + 1 < len(body) else ""
        if token.text == "#" and following in bound:
            made.append(Lexeme(_stringize_tokens(bound[following]), token.space))
            at += 2
        elif token.text == "##" and made and following:
            right = body[at + 1]
            pasted = bound.get(right.text, [right])
            if made[-1].text == "," and not pasted and right.text in bound:
                made.pop()  # GNU C: `, ## __VA_ARGS__` without arguments is nothing
            elif made[-1].text == "," and right.text in bound:
                made += pasted
            else:
                _paste_tokens(made, pasted)
            at += 2
        elif token.text in bound:
            if following == "##":
                argument = bound[token.text] or [Lexeme("", token.space)]
            else:
                argument = full(token.text)
            if argument:
                first = argument[0]
                made.append(Lexeme(first.text, token.space, first.offset, first.hidden))
                made += argument[1:]
            at += 1
        else:
            made.append(token)
            at += 1
    return (t for t in made if t.text)


def _paste_tokens(made: list[Lexeme], right: Sequence[Lexeme]) -> None:
    """Join the last token with the first of `right`."""
    if right:
        left = made.pop()
        joined = left.text + right[0].text
        made.append(Lexeme(joined, left.space, left.offset, left.hidden & right[0].hidden))
        made += right[1:]


def _stringize_tokens(tokens: Sequence[Lexeme]) -> str:
    text = spell_tokens(tokens)
    escaped = re.sub(
        r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'",
        lambda m: m.group().replace("\\", "\\\\").replace('"', '\\"'),
        text,
    )
    return f'"{escaped}"'
