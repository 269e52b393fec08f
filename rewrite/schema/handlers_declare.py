# SPDX-License-Identifier: GPL-2.0-or-later
"""Declarations in handlers: the locals that they make, and what their initialisers move."""

from __future__ import annotations

from ..c.declarations import read_declaration
from ..wire.text import Code
from .handlers_c import CTree, ExpressionKind, parse_expression
from .handlers_eval import Evaluator
from .handlers_functions import FunctionText
from .handlers_values import Called, Point
from .model import Node

_ZERO = CTree(ExpressionKind.NUMBER, "0")


class Declarer(Evaluator):
    """Reads declarations."""

    def declare(self, start: int, end: int, frame: Called, state: Point, out: list[Node]) -> None:
        """A declaration: its names become locals, with their initialisers."""
        code = frame.function.code
        self._reach_types(start, end, frame)
        declared = {
            d.name: d.type
            for d in read_declaration(_text_of_declarators(frame.function, start, end) + ";")
        }
        for first, last in code.split_commas(start, end):
            equals = next((n for n in range(first, last) if code.tokens[n] == "="), last)
            names = [n for n in range(first, equals) if code.tokens[n] in declared]
            if not names:
                self.reach(frame, first, last)
                continue
            at = names[-1] if code.at(names[-1] + 1) != "[" else names[0]
            name = code.tokens[at]
            frame.types[name] = declared[name]
            key = frame.local(name)
            state.env[key] = CTree(ExpressionKind.LOCAL, key, (), at, at + 1, frame)
            if equals < last and code.tokens[equals + 1] == "{":
                self._declare_members(key, equals + 1, frame, state, out)
            elif equals < last:
                tree = parse_expression(code.tokens, equals + 1, last, frame)
                value = self.kept(name, self.value(tree, frame, state, out), frame)
                # What is only read and used once does not name the value: a temporary.
                mentions = 2 if value.kind is ExpressionKind.GOT else 3 if value == _ZERO else 0
                if _count_mentions(code, name) <= mentions:
                    self.passing.add(key)
                self.give(CTree(ExpressionKind.LOCAL, key), value, state)

    def _reach_types(self, start: int, end: int, frame: Called) -> None:
        """What stands in a typeof is never evaluated."""
        code = frame.function.code
        for at in range(start, end):
            if "typeof" in code.tokens[at] and code.at(at + 1) == "(":
                self.reach(frame, at, code.partner[at + 1])

    def _declare_members(
        self, key: str, opening: int, frame: Called, state: Point, out: list[Node]
    ) -> None:
        """An initialiser in braces: what its elements move, and what the members are given."""
        code = frame.function.code
        for first, last in code.split_commas(opening + 1, code.partner[opening]):
            named = code.at(first) == "." and code.at(first + 2) == "="
            start = first + 3 if named else first
            if start >= last:
                continue
            tree = parse_expression(code.tokens, start, last, frame)
            value = self.value(tree, frame, state, out)
            member = CTree(
                ExpressionKind.MEMBER,
                code.at(first + 1) if named else "",
                (CTree(ExpressionKind.LOCAL, key),),
            )
            self.give(member, value, state)


def _count_mentions(code: Code, name: str) -> int:
    """How often a name stands in a function other than as a member's."""
    tokens = code.tokens
    return sum(
        token == name and tokens[at - 1] not in (".", "->") for at, token in enumerate(tokens)
    )


def _text_of_declarators(function: FunctionText, start: int, end: int) -> str:
    """A declaration's text with its initialisers left out."""
    code = function.code
    pieces: list[str] = []
    for first, last in code.split_commas(start, end):
        equals = next((n for n in range(first, last) if code.tokens[n] == "="), last)
        pieces.append(" ".join(code.span(first, equals)))
    return ", ".join(pieces)
