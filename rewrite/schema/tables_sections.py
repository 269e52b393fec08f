# SPDX-License-Identifier: GPL-2.0-or-later
"""The sections that are tables: calls that register one, and members of classes that hold one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..c.expand import Lexeme, close_of, lex_text, spell_tokens, split_tokens
from ..c.initialisers import find_referred
from ..errors import ExpansionError
from ..rules.ruleset import Rules
from ..rules.table_rules import TableRegistration
from .model import Place
from .tables_view import TableFile

_NAME = rb"[A-Za-z_]\w*"
_OWNER = re.compile(rb"\b(" + _NAME + rb")\s*\Z")


@dataclass(frozen=True)
class RegisteredTable:
    """A registration: where, the symbol of its table, and the C text where that is not known."""

    place: Place
    symbol: str
    text: str = ""


def find_registrations(
    view: TableFile, rules: Rules, tables: Sequence[tuple[int, int]]
) -> Iterator[RegisteredTable]:
    """The sections of one file; `tables` are the spans of its descriptions and field lists."""
    yield from _find_calls(view, rules)
    yield from _find_members(view, rules, tables)


def _find_calls(view: TableFile, rules: Rules) -> Iterator[RegisteredTable]:
    names = {rule.name for rule in rules.table_registrations}
    if not names:
        return
    code = view.header.code
    pattern = re.compile(rf"\b({'|'.join(sorted(map(re.escape, names)))})\s*\(".encode())
    for match in pattern.finditer(code):
        if view.open_condition(match.start()) is None or _is_declaration(code, match):
            continue
        start = match.end() - 1
        tokens = lex_text(code[start : start + 2000].decode("latin-1"), start)
        try:
            arguments = split_tokens(tokens[1 : close_of(tokens, 0)])
        except ExpansionError:
            continue
        rule = _rule_for(rules, match.group(1).decode("latin-1"), len(arguments))
        if rule is not None:
            yield _read_registered(view, rules, arguments[rule.table], match.start())


def _is_declaration(code: bytes, match: re.Match[bytes]) -> bool:
    """Whether it is a prototype or a definition: a type stands before the name."""
    before = code[: match.start()].rstrip()
    return before[-1:].isalnum() and not before.endswith((b"return", b"else"))


def _rule_for(rules: Rules, name: str, arguments: int) -> TableRegistration | None:
    for rule in rules.table_registrations:
        if (rule.name, rule.arguments) == (name, arguments):
            return rule
    return None


def _read_registered(
    view: TableFile, rules: Rules, argument: Sequence[Lexeme], offset: int
) -> RegisteredTable:
    expanded = view.expander(offset).expand(argument)
    place, text = view.place(offset), spell_tokens(argument)
    if len(expanded) > 1 and "->" not in (t.text for t in expanded):
        symbol = find_referred(expanded)
        if symbol:
            return RegisteredTable(place, symbol)
    return RegisteredTable(place, "", text)


def _find_members(
    view: TableFile, rules: Rules, tables: Sequence[tuple[int, int]]
) -> Iterator[RegisteredTable]:
    """`class->member = &table` by the class's declared type, and `.member = &table` of an info."""
    members = sorted({rule.member for rule in rules.table_members})
    if not members:
        return
    code = view.header.code
    pattern = re.compile(
        rb"(->|\.)\s*(" + "|".join(members).encode() + rb")\s*=\s*\(?&\s*\(?(" + _NAME + rb")"
    )
    for match in pattern.finditer(code):
        if any(start <= match.start() < end for start, end in tables):
            continue
        if view.open_condition(match.start()) is None:
            continue
        arrow, member, symbol = (part.decode("latin-1") for part in match.groups())
        before = _OWNER.search(code, max(0, match.start() - 80), match.start())
        owner = before.group(1).decode("latin-1") if before is not None else ""
        if arrow == "->" and not _holds_section(view, rules, owner, member, match.start()):
            continue
        tokens = view.expander(match.start()).expand(lex_text(symbol, match.start()))
        yield RegisteredTable(view.place(match.start()), find_referred(tokens), symbol)


def _holds_section(view: TableFile, rules: Rules, owner: str, member: str, offset: int) -> bool:
    """Whether the pointer `owner` is declared to point to a struct whose `member` is a section's."""
    pattern = re.compile(rb"\b(\w+)\s*\*\s*" + re.escape(owner.encode()) + rb"\b(?!\s*\))")
    declared = [m.group(1) for m in pattern.finditer(view.header.code, 0, offset)]
    if not declared:
        return True
    struct = declared[-1].decode("latin-1")
    return any((r.struct, r.member) == (struct, member) for r in rules.table_members)
