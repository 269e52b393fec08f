# SPDX-License-Identifier: GPL-2.0-or-later
"""The statements of a normal form, and what one alone is made of."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from .events import Event, EventKind, Items, NormalItem, Trouble, plain_place, shape_of
from .macros import FileMacros
from .sites import is_cast_operand, is_unary
from .text import CLOSERS


@dataclass(frozen=True)
class Statement:
    """A statement: its kind (that of the Node it was read from, or "declaration"), the items of its
    head, and what it controls or holds. `start` and `end` are the head's tokens in the text."""

    kind: str
    items: Items
    start: int
    end: int
    body: tuple[Statement, ...] | None = None
    is_closed: bool = True
    has_braces: bool = True  # what is controlled may be put in braces


def flatten_statements(statements: Iterable[Statement]) -> Iterator[NormalItem]:
    """The items of statements in order, with braces around whatever is controlled."""
    for statement in statements:
        yield from statement.items
        if statement.body is None:
            continue
        if statement.has_braces:
            yield NormalItem("{", statement.end)
        yield from flatten_statements(statement.body)
        if statement.has_braces and statement.is_closed:
            yield NormalItem("}", statement.end)


def as_load(items: Items, split: bool = False) -> Items:
    """`lvalue = GET;` as the LOAD that it is, anything else as it was.

    `split` says that the assignment was an initialiser.
    """
    got = items[-2].what if len(items) > 3 else None
    if not isinstance(got, Event) or got.kind is not EventKind.GET:
        return items
    if (items[-3].what, items[-1].what) != ("=", ";"):
        return items
    lvalue = plain_place(items[:-3])
    named = shape_of(lvalue)
    if not (is_unary(named) or (named[:1] == ["*"] and is_cast_operand(named[1:]))):
        return items
    load = replace(got, kind=EventKind.LOAD, arrives="", split=split)
    at = items[-2].at
    return [NormalItem(load, at), NormalItem("(", at), *lvalue, NormalItem(")", at), items[-1]]


def as_discard(items: Items) -> Items:
    """`GET;` or `(void)GET;`, whose value nothing uses, as the first; anything else as it was."""
    rest = items[3:] if len(items) == 5 and shape_of(items[:3]) == ["(", "void", ")"] else items
    got = rest[0].what if len(rest) == 2 else None
    if not isinstance(got, Event) or got.kind is not EventKind.GET:
        return items
    return [NormalItem(replace(got, arrives=""), rest[0].at), rest[1]]


def is_one(statements: tuple[Statement, ...], macros: FileMacros) -> bool:
    """Whether statements are one, that needs no braces of its own where any statement may stand."""
    if not statements or statements[0].kind not in (
        "simple",
        "if",
        "loop",
        "do",
        "switch",
        "block",
    ):
        return False
    if any(s.kind not in ("else", "dowhile") for s in statements[1:]):
        return False
    first = shape_of(statements[0].items[:1])
    if any(macro.is_several for name in first for macro in macros.named(name)):
        return False
    ended = statements[0].kind != "simple" or shape_of(statements[0].items)[-1] == ";"
    return ended and not any(_has_literal(s.items) for s in statements)


def _has_literal(items: Items) -> bool:
    """Whether a statement has a compound literal, whose life ends with the block around it."""
    tokens = shape_of(items)
    return any(pair == (")", "{") for pair in itertools.pairwise(tokens))


def render_statements(statements: Iterable[Statement], indent: str = "") -> Iterator[str]:
    """The statements as lines of C, with events as calls."""
    for statement in statements:
        text = " ".join(_list_words(statement.items))
        if statement.body is None:
            yield indent + text
            continue
        yield f"{indent}{text} {{".replace("  {", " {") if text else indent + "{"
        yield from render_statements(statement.body, indent + "    ")
        yield indent + "}"


def _list_words(items: Items) -> Iterator[str]:
    """The tokens of items: a LOAD is written as an assignment, an event's wire as a part of its name."""
    loads: list[tuple[int, Event]] = []  # the depth of each LOAD's parentheses that are open
    depth = 0
    for before, item in zip([None, *items], items, strict=False):
        what = item.what
        if isinstance(what, Event):
            yield from () if what.kind is EventKind.LOAD else _write_event(what)
            continue
        if isinstance(what, Trouble):
            yield f"/* {what.message} */"
        if not isinstance(what, str):
            continue
        opened = before.what if before is not None and what == "(" else None
        depth += (what in CLOSERS) - (what in (")", "]", "}"))
        if isinstance(opened, Event) and opened.kind is EventKind.LOAD:
            loads.append((depth, opened))
        elif loads and what == ")" and depth < loads[-1][0]:
            yield from ("=", *_write_event(loads.pop()[1]))
        else:
            yield what


def _write_event(event: Event) -> list[str]:
    """An event as the beginning of a call, or for a GET or a LOAD as a call."""
    cast = ["(", *event.arrives.split(), ")"] if event.arrives else []
    reads = event.kind in (EventKind.GET, EventKind.LOAD)
    kind = EventKind.GET if reads else event.kind
    return [
        *cast,
        f"{kind.value}_{event.wire.replace(' ', '_')}",
        *(_spell_call(event) if reads else ()),
    ]


def _spell_call(event: Event) -> list[str]:
    return ["(", *event.stream.split(), ")"]
