# SPDX-License-Identifier: GPL-2.0-or-later
"""What a function does to the wire: its events, inside their loops and conditions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import UnreadableError
from .facts import BUFFER, Vocabulary
from .sites import assigned_lvalue, hoist_problem
from .text import Call, Code, Function, Node, split, token_offsets

_EVALUATED_ONCE = ("", "a comma operator orders it")


@dataclass(frozen=True)
class Event:
    """One primitive or visit: `direction` is "put", "get" or "visit".

    `operand` is the text of what travels, or of what a getter's result is assigned to; `name` is a
    visit's name string without its quotes; `conditional` says that the expression around the call
    does not always evaluate it.
    """

    line: int
    direction: str
    wire: str
    operand: str
    stream: str
    name: str
    conditional: bool


@dataclass(frozen=True)
class Group:
    """Events under one condition: `kind` is "if", "else", "loop", "switch", "case" or "#if".

    `head` is the text of the condition. The events of the head itself stand before a group that
    evaluates it once, and in a loop's group, which evaluates them each time.
    """

    line: int
    kind: str
    head: str
    items: tuple[Event | Group, ...]


@dataclass(frozen=True)
class Skeleton:
    """A function's name, the line of its body, and what it does to the wire, in order."""

    function: str
    line: int
    items: tuple[Event | Group, ...]


def skeleton(
    text: bytes, vocabulary: Vocabulary, function: str | None = None
) -> tuple[Skeleton, ...]:
    """The skeletons of a file's functions that have any event, or of one function by name.

    A function that nests too deeply to be read is left out.
    """
    decoded = text.decode("latin-1")
    names = "|".join(map(re.escape, [*vocabulary.primitives, *vocabulary.visits]))
    mentioned = re.compile(rf"\b(?:{names})\b")
    found: list[Skeleton] = []
    for candidate in split(decoded).functions:
        if function is not None and candidate.name != function:
            continue
        if not mentioned.search(candidate.body):
            continue
        try:
            found += _function(decoded, candidate, vocabulary)
        except UnreadableError:
            continue
    return tuple(found)


def _function(text: str, function: Function, vocabulary: Vocabulary) -> list[Skeleton]:
    code = Code(function.body)
    line = text.count("\n", 0, function.start) + 1
    items = _Builder(code, line, vocabulary).items(code.nodes)
    return [Skeleton(function.name, line, items)] if items else []


class _Builder:
    """Reads one function's events."""

    def __init__(self, code: Code, line: int, vocabulary: Vocabulary) -> None:
        self._code = code
        self._words = vocabulary
        self._lines = [
            line + newlines for newlines in _newlines_before(code.text, token_offsets(code.text))
        ]

    def items(self, nodes: Iterable[Node]) -> tuple[Event | Group, ...]:
        """What a list of statements does: labels and directives group what follows them."""
        stack: list[tuple[Node | None, list[Event | Group]]] = [(None, [])]
        for node in nodes:
            token = self._code.tokens[node.start]
            if node.kind == "label" and token in ("case", "default"):
                self._close(stack, "label")
                stack.append((node, []))
            elif node.kind == "directive" and token.startswith("#if"):
                stack.append((node, []))
            elif node.kind == "directive" and token.startswith(("#el", "#endif")):
                self._close(stack, "directive")
                if token.startswith("#el"):
                    stack.append((node, []))
            else:
                stack[-1][1].extend(self._node(node))
        while len(stack) > 1:
            self._pop(stack)
        return tuple(stack[0][1])

    def _close(self, stack: list[tuple[Node | None, list[Event | Group]]], kind: str) -> None:
        """End the innermost group if it began with a node of this kind."""
        top = stack[-1][0]
        if top is not None and top.kind == kind:
            self._pop(stack)

    def _pop(self, stack: list[tuple[Node | None, list[Event | Group]]]) -> None:
        node, items = stack.pop()
        if node is not None and items:
            kind = "#if" if node.kind == "directive" else "case"
            stack[-1][1].append(self._group(kind, node, node.end, tuple(items)))

    def _group(self, kind: str, node: Node, head: int, items: tuple[Event | Group, ...]) -> Group:
        text = " ".join(self._code.span(node.start, head))
        return Group(self._lines[node.start], kind, text, items)

    def _node(self, node: Node) -> list[Event | Group]:
        """What one statement does."""
        if node.kind == "block":
            return list(self.items(node.children))
        if node.kind in ("simple", "dowhile"):
            return list(self._events(node.start, node.end))
        head, body = self._events(node.start, node.head), self.items(node.children)
        if node.kind in ("loop", "do"):
            inside: tuple[Event | Group, ...] = (*head, *body)
            return [self._group("loop", node, node.head, inside)] if inside else []
        return [*head, self._group(node.kind, node, node.head, body)] if body else [*head]

    def _events(self, start: int, end: int) -> list[Event]:
        """The events of one expression."""
        found: list[Event] = []
        for at in range(start, end):
            name = self._code.tokens[at]
            if name in self._words.primitives or name in self._words.visits:
                call = self._code.call(at)
                event = self._event(call, start) if call is not None else None
                if event is not None:
                    found.append(event)
        return found

    def _event(self, call: Call, start: int) -> Event | None:
        """The event of one call, None if its arguments are not those of the rule."""
        line = self._lines[call.start]
        conditional = hoist_problem(self._code, call.start, start) not in _EVALUATED_ONCE
        texts = [" ".join(self._code.span(*span)) for span in call.arguments]
        primitive = self._words.primitives.get(call.name)
        if primitive is None:
            visit = self._words.visits[call.name]
            roles = self._words.roles(visit)
            if len(texts) != len(roles):
                return None
            by_role = dict(zip(roles, texts, strict=True))
            operand, name = by_role["object"], by_role["name"].strip('"')
            stream = by_role["visitor"]
            return Event(line, "visit", visit.wire, operand, stream, name, conditional)
        if len(texts) != primitive.arguments:
            return None
        operand = ", ".join(texts[1:]) if primitive.operand == BUFFER else "".join(texts[1:])
        if primitive.operand == "result":
            operand = " ".join(assigned_lvalue(self._code, call.start, start))
        direction = primitive.direction
        return Event(line, direction, primitive.wire, operand, texts[0], "", conditional)


def _newlines_before(text: str, offsets: list[int]) -> list[int]:
    """How many line ends stand before each offset, offsets ascending."""
    counts: list[int] = []
    count = previous = 0
    for offset in offsets:
        count += text.count("\n", previous, offset)
        previous = offset
        counts.append(count)
    return counts


def dump(skeletons: Iterable[Skeleton]) -> list[str]:
    """The skeletons as lines of text, two blanks of indentation for each level."""
    lines: list[str] = []
    for one in skeletons:
        lines.append(f"{one.function}:")
        _dump_items(one.items, "  ", lines)
    return lines


def _dump_items(items: Iterable[Event | Group], indent: str, lines: list[str]) -> None:
    for item in items:
        if isinstance(item, Group):
            lines.append(f"{indent}{item.head}")
            _dump_items(item.items, indent + "  ", lines)
            continue
        name = f' "{item.name}"' if item.name else ""
        mark = " (conditional)" if item.conditional else ""
        operand = f" {item.operand}" if item.operand else ""
        lines.append(f"{indent}{item.direction} {item.wire}{name}{operand}{mark}")
