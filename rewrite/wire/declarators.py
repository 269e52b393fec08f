# SPDX-License-Identifier: GPL-2.0-or-later
"""The declarators of a declaration, and what is read into a variable behind its declaration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .events import Event, EventKind, Items, shape_of
from .statements import Statement
from .text import CLOSERS, is_identifier


@dataclass
class Declarator:
    """One declarator of a declaration: what stands before its `=`, and its initialiser."""

    head: Items
    value: Items
    statement: int
    target: int | None = None  # the statement that the initialiser goes behind
    load: int | None = None  # the statement that it is, where it stands behind the declaration

    @property
    def name(self) -> str:
        """The variable that is initialised, empty where it is no plain name."""
        last = shape_of(self.head[-1:])
        return last[0] if last and is_identifier(last[0]) else ""

    @property
    def reads(self) -> bool:
        """Whether the initialiser has an event in it."""
        return any(isinstance(item.what, Event) for item in self.value)

    @property
    def is_empty(self) -> bool:
        """Whether the variable starts with nothing, or with 0."""
        return shape_of(self.value) in ([], ["0"], ["false"])

    @property
    def is_whole(self) -> bool:
        """Whether the initialiser is an event and nothing else."""
        return len(self.value) == 1

    @property
    def kept(self) -> list[str]:
        """The tokens that stay in the declaration."""
        return shape_of(self.head if self.target is not None else [*self.head, *self.value])


def read_load(statement: Statement, at: int, declaration: int) -> Declarator | None:
    """What is read into a variable by a statement of its own, None where a statement does something else."""
    items, tokens = statement.items, shape_of(statement.items)
    loads = items and isinstance(items[0].what, Event) and items[0].what.kind is EventKind.LOAD
    if loads and tokens[1:2] == ["("] and tokens[3:] == [")", ";"]:
        return Declarator([items[2]], [items[0]], declaration, load=at)
    if tokens[1:2] == ["="] and tokens[-1] == ";" and has_event(items):
        return Declarator([items[0]], items[2:-1], declaration, load=at)
    return None


def read_declarators(items: Items, at: int) -> Iterator[Declarator]:
    """The declarators of a declaration, the first with the type before it."""
    pieces: list[Items] = [[]]
    depth = 0
    for item in items[:-1] if shape_of(items[-1:]) == [";"] else items:
        token = shape_of([item])[0]
        depth += (token in CLOSERS) - (token in (")", "]", "}"))
        if token == "," and not depth:
            pieces.append([])
        else:
            pieces[-1].append(item)
    for piece in pieces:
        equals = _top_level_equals(shape_of(piece))
        yield Declarator(piece[:equals], piece[equals + 1 :], at)


def _top_level_equals(tokens: list[str]) -> int:
    depth = 0
    for at, token in enumerate(tokens):
        depth += (token in CLOSERS) - (token in (")", "]", "}"))
        if token == "=" and not depth:
            return at
    return len(tokens)


def has_event(items: Items) -> bool:
    """Whether a primitive or a visit is among the items."""
    return any(isinstance(item.what, Event) for item in items)
