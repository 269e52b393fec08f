# SPDX-License-Identifier: GPL-2.0-or-later
"""What initialisers pass on their way behind the declarations that follow them, and may not pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .declarators import Declarator
from .events import Trouble, shape_of
from .macros import File
from .sites import ASSIGNMENTS, is_type
from .text import TYPE_WORDS, is_identifier

_STEPS = frozenset(("++", "--"))
_FIRST = 3  # the place of a declarator's first token: before it comes what is said of it as a whole


@dataclass(frozen=True, order=True)
class _Found:
    """Something in a declarator, and what is said of it; what comes first in the text is the least."""

    number: int
    place: int
    message: str
    hidden: bool = False


@dataclass
class Passed:
    """The declarators from one place on up to the statement `target`, as far as they keep anything from
    going behind them. They are added last first; of two of a kind the first in the text counts."""

    target: int
    file: File
    _count: int = 0
    _always: _Found | None = None  # a read, an assignment, a call, a macro that acts
    _effects: _Found | None = (
        None  # what stops calls: another initialiser, an array that is measured
    )
    _declared: dict[str, _Found] = field(default_factory=dict)
    _used: dict[str, _Found] = field(default_factory=dict)

    def add(self, other: Declarator) -> None:
        """Add the declarator before those that are there."""
        self._count += 1
        if other.reads and (other.target is None or other.target < self.target):
            self._stop(0, "an initialiser moved past other primitives")
        if not other.is_empty and other.target is None:
            self._stop_effects(1, "an initialiser moved past another")
        for name in _declared_names(other):
            self._declared[name] = self._found(2, f"{name} is another one before the load")
        tokens = other.kept
        self._add_tokens(tokens)
        called = _called_name(other)
        if called:
            self._stop(_FIRST + len(tokens) + 1, f"{called} is called before the load")

    def _found(self, place: int, message: str, hidden: bool = False) -> _Found:
        return _Found(-self._count, place, message, hidden)

    def _stop(self, place: int, message: str, hidden: bool = False) -> None:
        found = self._found(place, message, hidden)
        self._always = min(self._always or found, found)

    def _stop_effects(self, place: int, message: str) -> None:
        found = self._found(place, message)
        self._effects = min(self._effects or found, found)

    def _add_tokens(self, tokens: list[str]) -> None:
        """Add what stays of a declarator in its declaration."""
        macros, mine = self.file.macros, set[str]()
        for place, (at, token) in enumerate(_free_tokens(tokens), _FIRST):
            if token not in mine:
                self._used[token] = self._found(place, f"{token} is used before it is loaded")
                mine.add(token)
            if token in ASSIGNMENTS | _STEPS and not _is_designated(tokens, at):
                self._stop(place, "something changes before the load")
            elif token == "[":
                self._stop_effects(place, "an array is measured before the load")
            elif macros.acts(token):
                self._stop(place, f"the load moved, past the macro {token}", hidden=True)
        for macro in macros.reached(tokens):
            message = f"the load moved, past the macro {macro.name}"
            for name in macro.names - mine:
                self._used[name] = self._found(_FIRST + len(tokens), message, hidden=True)

    def trouble_of(self, moving: Declarator) -> Trouble | None:
        """Why an initialiser can't pass them all; None if it can."""
        value = shape_of(moving.value)
        used = {token for _, token in _free_tokens(value) if is_identifier(token)}
        found = [self._declared[name] for name in used & self._declared.keys()]
        if self._always is not None:
            found.append(self._always)
        if self._effects is not None and _has_effects(value):
            found.append(self._effects)
        if moving.name in self._used:
            found.append(self._used[moving.name])
        if not found:
            return None
        first = min(found)
        return Trouble(first.message, first.hidden)


def _free_tokens(tokens: list[str]) -> Iterator[tuple[int, str]]:
    """The tokens that are no names of members, with their places."""
    for at, token in enumerate(tokens):
        if not at or tokens[at - 1] not in (".", "->"):
            yield at, token


def _is_designated(tokens: list[str], at: int) -> bool:
    """Whether the `=` at a token is that of `.member = x` or of `[2] = x` in an initialiser's braces."""
    designates = False
    while tokens[at] == "=" or designates:
        if tokens[at - 1] == "]":
            at -= tokens[at::-1].index("[")
        elif tokens[at - 2] == ".":
            at -= 2
        else:
            break
        designates = True
    return designates and tokens[at - 1] in ("{", ",")


def _declared_names(other: Declarator) -> set[str]:
    """The names that a declarator may declare: all that it has where it is no plain one."""
    tokens = shape_of(other.head)
    if not {"(", "{"}.isdisjoint(tokens):
        return {token for token in tokens if is_identifier(token)}
    end = tokens.index("[") if "[" in tokens else len(tokens)
    return set(tokens[end - 1 : end])


def _called_name(other: Declarator) -> str:
    """What a declarator calls: in its initialiser, or to measure an array; empty for nothing."""
    tokens = shape_of(other.head)
    inside = tokens[tokens.index("[") :] if "[" in tokens else []
    parts = [inside] if other.target is not None else [inside, shape_of(other.value)]
    for part in parts:
        for at, token in enumerate(part):
            before = part[at - 1] if at else ""
            if token == "(" and (before in (")", "]") or is_identifier(before)):
                cast = before == ")" and is_type(part[_find_opening(part, at - 1) + 1 : at - 1])
                if not cast and before != "sizeof" and before not in TYPE_WORDS:
                    return before
    return ""


def _find_opening(tokens: list[str], close: int) -> int:
    """The parenthesis that the one at `close` closes."""
    depth = 0
    for at in range(close, -1, -1):
        depth += (tokens[at] == ")") - (tokens[at] == "(")
        if not depth:
            return at
    return 0


def _has_effects(value: list[str]) -> bool:
    """Whether an initialiser calls, assigns or steps anything beside its events."""
    for before, token in zip(["", *value], value, strict=False):
        if token in ASSIGNMENTS or token in _STEPS:
            return True
        if token == "(" and is_identifier(before) and before not in ("sizeof", "event"):
            return True
    return False
