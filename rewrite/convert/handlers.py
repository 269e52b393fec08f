# SPDX-License-Identifier: GPL-2.0-or-later
"""Which functions of a file are handlers, from the registrations and initialisers in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from ..c.lexical import split_commas
from ..c.syntax import Syntax
from ..rules.ruleset import Initialiser, Rules

_FUNCTION = re.compile(r"&?\s*([A-Za-z_]\w*)\Z")


@dataclass(frozen=True)
class Role:
    """What a function is registered as: "put" for one that saves, "get" for one that loads.

    `by` says in words where that is read, `offset` is the place, `partner` the function registered
    beside it for the other direction, empty where there is none.
    """

    direction: str
    by: str
    offset: int
    partner: str


def find_roles(syntax: Syntax, rules: Rules) -> dict[str, Role]:
    """The roles of the functions that this file registers; one registered both ways has none."""
    roles: dict[str, Role] = {}
    clashing: set[str] = set()
    for saves, loads, by, offset in (*_registered(syntax, rules), *_initialised(syntax, rules)):
        for names, others, direction in ((saves, loads, "put"), (loads, saves, "get")):
            for name in names:
                role = Role(direction, by, offset, others[0] if others else "")
                if roles.setdefault(name, role).direction != direction:
                    clashing.add(name)
    return {name: role for name, role in roles.items() if name not in clashing}


_Found = tuple[list[str], list[str], str, int]


def _registered(syntax: Syntax, rules: Rules) -> Iterator[_Found]:
    """Calls such as register_savevm(..., save, load, opaque)."""
    for name in {r.name for r in rules.registrations}:
        for match in re.finditer(rb"\b" + name.encode("ascii") + rb"\s*\(", syntax.masked):
            arguments = _split_group(syntax.masked, match.end())
            for rule in rules.registrations:
                if rule.name == name and rule.arguments == len(arguments):
                    saves = _functions(arguments[i] for i in rule.save)
                    loads = _functions(arguments[i] for i in rule.load)
                    yield saves, loads, f"{name}()", match.start()


def _initialised(syntax: Syntax, rules: Rules) -> Iterator[_Found]:
    """Initialisers such as `VMStateInfo x = { .get = load, .put = save }`, and assignments to members."""
    for rule in rules.initialisers:
        raw = rule.name.encode("ascii")
        if raw not in syntax.masked:
            continue
        heads = rb"\b" + raw + rb"\s+\w+\s*(?:\[[^\]]*\]\s*)?=\s*\{"
        for match in re.finditer(heads, syntax.masked):
            body = syntax.masked[match.end() : _group_end(syntax.masked, match.end())]
            yield from _members(body, rule, rb"\.\s*(\w+)\s*=\s*&?\s*(\w+)", match.end())
        yield from _members(syntax.masked, rule, rb"->\s*(\w+)\s*=\s*&?\s*(\w+)\s*;", 0)


def registered_with(syntax: Syntax, role: Role) -> list[str]:
    """The arguments of the call that registers a handler; empty for one that no call registers."""
    at = syntax.masked.find(b"(", role.offset)
    return _split_group(syntax.masked, at + 1) if role.by.endswith("()") else []


def _members(body: bytes, rule: Initialiser, pattern: bytes, offset: int) -> Iterator[_Found]:
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
        yield found.get(save, []), found.get(load, []), by, offset


def _functions(arguments: Iterator[str]) -> list[str]:
    names = (_FUNCTION.match(a.strip()) for a in arguments)
    return [m.group(1) for m in names if m is not None and m.group(1) != "NULL"]


def _group_end(text: bytes, at: int) -> int:
    """The offset of the bracket that closes the one before `at`."""
    depth = 1
    for match in re.compile(rb"[()\[\]{}]").finditer(text, at):
        depth += 1 if match.group() in b"([{" else -1
        if depth == 0:
            return match.start()
    return len(text)


def _split_group(text: bytes, at: int) -> list[str]:
    """The arguments of a call whose parenthesis opened before `at`."""
    return split_commas(text[at : _group_end(text, at)].decode("latin-1"))
