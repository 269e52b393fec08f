# SPDX-License-Identifier: GPL-2.0-or-later
"""What a text comes to by each of the #defines that may hold, where #if offers several."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..errors import ExpansionError, UnknownTypeError
from .conditions import join_conditions
from .expand import Choices, Expander, Lexeme, lex_text

_MOST = 64

Made = TypeVar("Made")


@dataclass(frozen=True)
class Alternative(Generic[Made]):
    """What a text comes to, and the #if conditions that it comes to it under (none for always)."""

    terms: tuple[str, ...]
    made: Made

    @property
    def condition(self) -> str:
        """All conditions as one."""
        return join_conditions(self.terms)


def make_alternatives(
    expander: Expander, tokens: Sequence[Lexeme], make: Callable[[list[Lexeme]], Made]
) -> list[Alternative[Made]]:
    """What `make` makes of the expanded tokens, by each of the definitions that may hold.

    What is alike is there once. Raises ExpansionError where the choices are too many.
    """
    first = Choices()
    expanded = expander.expand(tokens, first)
    if not first.offered:
        return [Alternative((), make(expanded))]
    found: list[Alternative[Made]] = []
    for taken, terms in list_choices(first):
        made = make(expander.expand(tokens, Choices(dict(taken))))
        if all(a.made != made for a in found):
            found.append(Alternative(terms, made))
    if len(found) == 1:
        return [Alternative((), found[0].made)]
    return found


def expand_alike(expander: Expander, tokens: Sequence[Lexeme]) -> Sequence[Lexeme]:
    """All macros expanded. Raises UnknownTypeError where a choice makes a difference."""
    found = make_alternatives(expander, tokens, lambda made: [t.text for t in made])
    if len(found) > 1:
        raise UnknownTypeError(f"it depends on `{found[0].condition}`")
    return lex_text(" ".join(found[0].made))


def list_choices(first: Choices) -> list[tuple[tuple[tuple[str, int], ...], tuple[str, ...]]]:
    """All ways to take the definitions that were offered, each with its conditions."""
    names = sorted(first.offered)
    ranges = [range(len(first.offered[name])) for name in names]
    made = []
    for numbers in itertools.product(*ranges):
        terms = [first.offered[n][i].condition for n, i in zip(names, numbers, strict=True)]
        made.append((tuple(zip(names, numbers, strict=True)), tuple(t for t in terms if t)))
        if len(made) > _MOST:
            raise ExpansionError(f"too many definitions of {', '.join(names)} may hold")
    return made
