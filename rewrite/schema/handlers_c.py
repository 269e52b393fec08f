# SPDX-License-Identifier: GPL-2.0-or-later
"""C expressions as trees, read from the tokens of `wire`'s text reader: any text gives some tree.

tree-sitter is not asked, because what stands in a statement must be found in damaged text too.
"""

from __future__ import annotations

import enum
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..c.lexical import close_of
from ..c.operators import precedence_of
from ..wire.text import TYPE_WORDS, is_identifier


class ExpressionKind(enum.Enum):
    """What a node of an expression is; ROOT and below only come to be when names are put in."""

    NAME = "name"
    NUMBER = "number"
    STRING = "string"
    CALL = "call"  # parts: the callee, then the arguments
    MEMBER = "member"  # text: the member's name
    INDEX = "index"
    UNARY = "unary"
    POSTFIX = "postfix"  # x++ and x--
    BINARY = "binary"
    CONDITIONAL = "conditional"
    CAST = "cast"  # text: the type
    ASSIGN = "assign"
    COMMA = "comma"
    SIZEOF = "sizeof"  # text: the operand
    BRACES = "braces"  # an initialiser list
    BLOCK = "block"  # ({ ... }), known by its span
    OTHER = "other"  # not understood
    ROOT = "root"  # the object that the handler was registered with
    STREAM = "stream"
    VERSION = "version"
    GOT = "got"  # text: the number of the value that was read
    LOCAL = "local"  # a local variable's object, as `buf` of qemu_get_buffer(f, buf, 4)
    UNKNOWN = "unknown"  # a local whose value is not followed; text: its name


@dataclass(frozen=True)
class CTree:
    """A node: its kind, its operator or word, its operands, and where it stands in `source`.

    Two trees are equal where they say the same, wherever that stands.
    """

    kind: ExpressionKind
    text: str = ""
    parts: tuple[CTree, ...] = ()
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)
    source: Any = field(default=None, compare=False, repr=False)


_ASSIGNMENTS = frozenset(["=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="])
_PREFIX = frozenset(["-", "+", "!", "~", "*", "&", "++", "--"])
_NUMBER = re.compile(r"(0[xX][\da-fA-F]+|\d+)[uUlL]*\Z")
_DEEPEST = 60


def number_of(token: str) -> int | None:
    """The value of an integer or character constant, None for any other token."""
    match = _NUMBER.match(token)
    if match is not None:
        digits = match[1]
        octal = digits.startswith("0") and digits.isdigit() and max(digits) < "8"
        return int(digits, 16) if digits[:2] in ("0x", "0X") else int(digits, 8 if octal else 10)
    if len(token) == 3 and token[0] == token[2] == "'":
        return ord(token[1])
    return None


class _ExpressionParser:
    """Precedence climbing over tokens `at` to `end`."""

    def __init__(self, tokens: Sequence[str], at: int, end: int, source: Any) -> None:
        self.tokens = tokens
        self.at = at
        self.end = end
        self.source = source
        self.depth = 0

    def peek(self, ahead: int = 0) -> str:
        at = self.at + ahead
        return self.tokens[at] if at < self.end else ""

    def make_node(self, kind: ExpressionKind, start: int, text: str = "", *parts: CTree) -> CTree:
        return CTree(kind, text, parts, start, self.at, self.source)

    def parse_comma(self) -> CTree:
        start = self.at
        left = self.parse_assignment()
        while self.peek() == ",":
            self.at += 1
            left = self.make_node(ExpressionKind.COMMA, start, ",", left, self.parse_assignment())
        return left

    def parse_assignment(self) -> CTree:
        self.depth += 1
        start = self.at
        left = self.parse_conditional() if self.depth < _DEEPEST else self.parse_other()
        operator = self.peek()
        if operator in _ASSIGNMENTS:
            self.at += 1
            left = self.make_node(
                ExpressionKind.ASSIGN, start, operator, left, self.parse_assignment()
            )
        self.depth -= 1
        return left

    def parse_conditional(self) -> CTree:
        start = self.at
        condition = self.parse_binary(1)
        if self.peek() != "?":
            return condition
        self.at += 1
        then = condition if self.peek() == ":" else self.parse_comma()
        self.at += 1
        return self.make_node(
            ExpressionKind.CONDITIONAL, start, "?:", condition, then, self.parse_conditional()
        )

    def parse_binary(self, least: int) -> CTree:
        start = self.at
        left = self.parse_unary()
        while (level := precedence_of(self.peek())) >= least:
            operator = self.peek()
            self.at += 1
            left = self.make_node(
                ExpressionKind.BINARY, start, operator, left, self.parse_binary(level + 1)
            )
        return left

    def parse_unary(self) -> CTree:
        start, token = self.at, self.peek()
        if token in _PREFIX:
            self.at += 1
            return self.make_node(ExpressionKind.UNARY, start, token, self.parse_unary())
        if token in ("sizeof", "_Alignof", "__alignof__"):
            return self.size_of()
        if token == "(":
            close = self.close()
            inside = self.tokens[self.at + 1 : close]
            after = self.tokens[close + 1] if close + 1 < self.end else ""
            if _is_cast(inside, after):
                self.at = close + 1
                return self.make_node(
                    ExpressionKind.CAST, start, " ".join(inside), self.parse_unary()
                )
        return self.parse_postfix()

    def size_of(self) -> CTree:
        start = self.at
        self.at += 1
        if self.peek() == "(":
            close = self.close()
            text = " ".join(self.tokens[self.at + 1 : close])
            self.at = min(close + 1, self.end)
            return self.make_node(ExpressionKind.SIZEOF, start, text)
        inner = self.parse_unary()
        return self.make_node(
            ExpressionKind.SIZEOF, start, " ".join(self.tokens[inner.start : inner.end])
        )

    def close(self) -> int:
        """The index of the bracket that closes the one here, or the end."""
        close = close_of(itertools.islice(self.tokens, self.at, self.end))
        return self.end if close is None else self.at + close

    def parse_postfix(self) -> CTree:
        start = self.at
        left = self.parse_primary()
        while True:
            token = self.peek()
            if token in (".", "->"):
                name = self.peek(1)
                self.at += 2
                left = self.make_node(ExpressionKind.MEMBER, start, name, left)
            elif token == "[":
                close = self.close()
                inner = _ExpressionParser(
                    self.tokens, self.at + 1, close, self.source
                ).parse_comma()
                self.at = min(close + 1, self.end)
                left = self.make_node(ExpressionKind.INDEX, start, "[]", left, inner)
            elif token == "(":
                arguments = self.parse_arguments()
                left = self.make_node(ExpressionKind.CALL, start, "()", left, *arguments)
            elif token in ("++", "--"):
                self.at += 1
                left = self.make_node(ExpressionKind.POSTFIX, start, token, left)
            else:
                return left

    def parse_arguments(self) -> list[CTree]:
        close = self.close()
        inner = _ExpressionParser(self.tokens, self.at + 1, close, self.source)
        inner.depth = self.depth
        found: list[CTree] = []
        while inner.at < close:
            before = inner.at
            found.append(inner.parse_assignment())
            while inner.at < close and inner.peek() != ",":  # a type as an argument, damage
                inner.at += 1
                found[-1] = inner.make_node(ExpressionKind.OTHER, before)
            inner.at += 1
        self.at = min(close + 1, self.end)
        return found

    def parse_primary(self) -> CTree:
        start, token = self.at, self.peek()
        if token == "(":
            close = self.close()
            if self.peek(1) == "{":
                self.at = min(close + 1, self.end)
                return self.make_node(ExpressionKind.BLOCK, start)
            inner = _ExpressionParser(self.tokens, self.at + 1, close, self.source)
            inner.depth = self.depth
            found = inner.parse_comma()
            self.at = min(close + 1, self.end)
            return found if inner.at >= close else self.make_node(ExpressionKind.OTHER, start)
        if token == "{":
            self.at = min(self.close() + 1, self.end)
            return self.make_node(ExpressionKind.BRACES, start)
        self.at += 1
        if number_of(token) is not None:
            return self.make_node(ExpressionKind.NUMBER, start, str(number_of(token)))
        if token[:1] in ('"', "'"):
            while self.peek()[:1] == '"':
                self.at += 1
            return self.make_node(ExpressionKind.STRING, start, token)
        if is_identifier(token):
            return self.make_node(ExpressionKind.NAME, start, token)
        return self.make_node(ExpressionKind.OTHER, start, token)

    def parse_other(self) -> CTree:
        start, self.at = self.at, self.end
        return self.make_node(ExpressionKind.OTHER, start)


def _is_cast(inside: Sequence[str], after: str) -> bool:
    """Whether parentheses around these tokens, before that token, are a cast (C99 6.5.4).

    One word alone may be a variable: then only what can't follow an operand makes it a cast.
    """
    words = [t for t in inside if is_identifier(t)]
    if words and after == "{":  # a compound literal, whose type may be an array's (C99 6.5.2.5)
        return True
    if not words or any(t != "*" and not is_identifier(t) for t in inside):
        return False
    starts = is_identifier(after) or number_of(after) is not None or after[:1] in ('"', "{")
    if "*" in inside:
        stars = inside[inside.index("*") :]
        return set(stars) <= {"*", "const"} and (starts or after in ("(", "&", "*"))
    if not starts and after not in ("(", "~", "!", "-", "&", "*", "+"):
        return False
    typed = len(words) > 1 or words[0] in TYPE_WORDS or words[0].endswith("_t")
    return typed or starts or after in ("(", "~", "!")


def parse_expression(tokens: Sequence[str], start: int, end: int, source: Any = None) -> CTree:
    """The expression in tokens `start` to `end`; what follows a readable one makes it OTHER."""
    parser = _ExpressionParser(tokens, start, end, source)
    found = parser.parse_comma()
    if parser.at < end:
        return CTree(ExpressionKind.OTHER, "", (), start, end, source)
    return found


def walk_tree(tree: CTree) -> list[CTree]:
    """A tree's nodes, each before its operands."""
    found = [tree]
    for node in found:
        found.extend(node.parts)
    return found
