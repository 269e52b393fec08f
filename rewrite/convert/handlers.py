# SPDX-License-Identifier: GPL-2.0-or-later
"""Which functions of a file are handlers, from the registrations and initialisers in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from ..c.lexical import close_in, split_commas
from ..c.syntax import Syntax
from ..rules.ruleset import Initialiser, Registration, Rules
from ..terms import Direction

_FUNCTION = re.compile(r"&?\s*([A-Za-z_]\w*)\Z")


@dataclass(frozen=True)
class Role:
    """What a function is registered as: one that saves, or one that loads.

    `by` says in words where that is read, `offset` is the place, `partner` the function registered
    beside it for the other direction, empty where there is none.
    """

    direction: Direction
    by: str
    offset: int
    partner: str


def find_roles(syntax: Syntax, rules: Rules) -> dict[str, Role]:
    """The roles of the functions that this file registers; one registered both ways has none."""
    roles: dict[str, Role] = {}
    clashing: set[str] = set()
    for found in find_registrations(syntax.masked, rules):
        sides = (
            (found.saves, found.loads, Direction.PUT),
            (found.loads, found.saves, Direction.GET),
        )
        for names, others, direction in sides:
            for name in names:
                role = Role(direction, found.by, found.offset, others[0] if others else "")
                if roles.setdefault(name, role).direction != direction:
                    clashing.add(name)
    return {name: role for name, role in roles.items() if name not in clashing}


@dataclass(frozen=True)
class RegisteredFunctions:
    """Save and load functions that one place names.

    `offset` is the place; `symbol` the variable that is initialised, empty where none is; `rule` a
    call's rule and `arguments` the offsets between which its arguments stand; for an initialiser
    they are None and empty. Empty `saves` and `loads` are those of a struct that the call names.
    """

    saves: tuple[str, ...]
    loads: tuple[str, ...]
    by: str
    offset: int
    symbol: str = ""
    rule: Registration | None = None
    arguments: tuple[tuple[int, int], ...] = ()


def find_registrations(masked: bytes, rules: Rules) -> Iterator[RegisteredFunctions]:
    """Every place of a text, masked, that registers functions or sets members to them."""
    yield from _find_registered(masked, rules)
    yield from _find_initialised(masked, rules)


def _find_registered(masked: bytes, rules: Rules) -> Iterator[RegisteredFunctions]:
    """Calls such as register_savevm(..., save, load, opaque)."""
    for name in sorted({r.name for r in rules.registrations}):
        raw = name.encode("ascii")
        if raw not in masked:
            continue
        for match in re.finditer(rb"\b" + raw + rb"\s*\(", masked):
            arguments = _split_group(masked, match.end())
            spans = tuple(_argument_spans(arguments, match.end()))
            for rule in rules.registrations:
                if rule.name == name and rule.arguments == len(arguments):
                    saves = _list_functions(arguments[i] for i in rule.save)
                    loads = _list_functions(arguments[i] for i in rule.load)
                    by = f"{name}()"
                    yield RegisteredFunctions(saves, loads, by, match.start(), "", rule, spans)


def _argument_spans(parts: list[str], start: int) -> Iterator[tuple[int, int]]:
    for part in parts:
        yield start, start + len(part)
        start += len(part) + 1


def _find_initialised(masked: bytes, rules: Rules) -> Iterator[RegisteredFunctions]:
    """Initialisers such as `VMStateInfo x = { .get = load, .put = save }`, compound literals, and
    assignments to members."""
    for rule in rules.initialisers:
        raw = rule.name.encode("ascii")
        if raw not in masked:
            continue
        heads = rb"\b" + raw + rb"\s*(?:\)|\s(\w+)\s*(?:\[[^\]]*\]\s*)?=)\s*\{"
        for match in re.finditer(heads, masked):
            body = masked[match.end() : close_in(masked, match.end())]
            symbol = (match[1] or b"").decode("latin-1")
            yield from _find_members(
                body, rule, rb"\.\s*(\w+)\s*=\s*&?\s*(\w+)", match.end(), symbol
            )
        yield from _find_members(masked, rule, rb"->\s*(\w+)\s*=\s*&?\s*(\w+)\s*;", 0, "")


def _find_members(
    body: bytes, rule: Initialiser, pattern: bytes, offset: int, symbol: str
) -> Iterator[RegisteredFunctions]:
    """The functions that members are set to: a save and a load member at one place of the rule pair up."""
    found: dict[str, list[str]] = {}
    known = {*rule.save, *rule.load}
    first = None
    for match in re.finditer(pattern, body):
        member, function = (g.decode("latin-1") for g in match.groups())
        if member in known and function != "NULL":
            first = match.start() if first is None else first
            found.setdefault(member, []).append(function)
    offset += first or 0
    by = f"a {rule.name}"
    for save, load in zip_longest(rule.save, rule.load, fillvalue=""):
        saves, loads = tuple(found.get(save, ())), tuple(found.get(load, ()))
        if saves or loads:
            yield RegisteredFunctions(saves, loads, by, offset, symbol)


def _list_functions(arguments: Iterator[str]) -> tuple[str, ...]:
    names = (_FUNCTION.match(a.strip()) for a in arguments)
    return tuple(m.group(1) for m in names if m is not None and m.group(1) != "NULL")


def _split_group(text: bytes, at: int) -> list[str]:
    """The arguments of a call whose parenthesis opened before `at`."""
    return split_commas(text[at : close_in(text, at)].decode("latin-1"))
