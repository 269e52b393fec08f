# SPDX-License-Identifier: GPL-2.0-or-later
"""What a place in a function sees of its own function: locals and parameters, with their text."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from tree_sitter import Node

from .declarations import Declared, read_declaration
from .lexical import split_commas
from .macros import Macros, is_word
from .syntax import function_head, text_of


@dataclass(frozen=True)
class Local:
    """A declaration that a place sees: its text and where that starts, its node if it has one."""

    text: str
    offset: int
    parameter: bool
    node: Node | None = None

    @cached_property
    def declared(self) -> tuple[Declared, ...]:
        """The names that it declares, with their types."""
        return read_declaration(self.text + ";", self.offset)


_BLOCKS = ("compound_statement", "for_statement", "case_statement")


def locals_around(chain: tuple[Node, ...], before: int, data: bytes) -> Iterator[Local]:
    """What a place sees, innermost block first, latest first, then the function's parameters."""
    for node in reversed(chain):
        if node.type in _BLOCKS:
            for child in _declarations_of(node):
                if child.start_byte < before:
                    yield Local(text_of(child, data), child.start_byte, False, child)
        elif node.type == "function_definition":
            yield from list_parameters(node, data)


def locals_named(name: str, chain: tuple[Node, ...], before: int, data: bytes) -> Iterator[Local]:
    """What of `locals_around` declares a name, in the same order."""
    for node in reversed(chain):
        if node.type in _BLOCKS or node.type == "function_definition":
            for local in _index_locals(node, data).get(name, ()):
                if local.parameter or local.offset < before:
                    yield local


@lru_cache(maxsize=64)
def _index_locals(node: Node, data: bytes) -> dict[str, list[Local]]:
    """What is declared directly in a block, or by a function's parameters, by the name: read once,
    as every site of a function asks."""
    if node.type == "function_definition":
        found = list(list_parameters(node, data))
    else:
        found = [Local(text_of(c, data), c.start_byte, False, c) for c in _declarations_of(node)]
    index: dict[str, list[Local]] = {}
    for local in found:
        for name in dict.fromkeys(d.name for d in local.declared):
            index.setdefault(name, []).append(local)
    return index


@lru_cache(maxsize=64)
def _declarations_of(block: Node) -> tuple[Node, ...]:
    """The declarations directly in a block, latest first."""
    return tuple(c for c in reversed(block.children) if c.type == "declaration")


def list_parameters(function: Node, data: bytes) -> Iterator[Local]:
    """The parameters: of the last parenthesis before the body, and of declarations after it (K&R).

    Read from the text, since an attribute macro in front of the name confuses the parser.
    """
    head = function_head(function, data)
    if head is None:
        return
    offset = head.offset
    for part in split_commas(head.parameters):
        yield Local(part, offset, True)
        offset += len(part) + 1
    for child in function.children:
        if child.type == "declaration":
            yield Local(text_of(child, data), child.start_byte, True, child)


def declares_in_head(node: Node, name: str, data: bytes, macros: Macros) -> bool:
    """Whether a loop that a macro heads may declare a variable of that name: `EACH(i, 4) {`.

    `lexical` spells such a loop as `while` or `if` for the parser; the text has the macro's name.
    """
    field = {"while_statement": "body", "if_statement": "consequence"}.get(node.type, "")
    body = node.child_by_field_name(field) if field else None
    if body is None or re.match(rb"(?:while|if)\b", data[node.start_byte : body.start_byte]):
        return False
    head = data[node.start_byte : body.start_byte].decode("latin-1")
    made = macros.expand(head).tokens
    macro = re.match(r"\w+", head)
    if macro is not None and not macros.of(macro.group()):
        return name in made
    heads = [at for at, t in enumerate(made[:-1]) if t == "for" and made[at + 1] == "("]
    return any(name in _declared_in_for(made[at + 2 :]) for at in heads)


def _declared_in_for(tokens: Sequence[str]) -> set[str]:
    """The names that the first clause of a `for` declares: those with a word or a `*` before them."""
    clause = list(itertools.takewhile(lambda t: t != ";", tokens))
    words = ((before, t) for before, t in itertools.pairwise(clause) if is_word(t))
    return (
        {t for before, t in words if is_word(before) or before in ("*", ",")}
        if (len(clause) > 1 and is_word(clause[0]) and (is_word(clause[1]) or clause[1] == "*"))
        else set()
    )


def may_rename(between: bytes, name: str) -> bool:
    """Whether a directive between a declaration and a use gives the declared name another meaning.

    `#define f g` in a function's body, `#undef f` of a macro that named the declared variable as well;
    an `#include` may hold either, and `#pragma pop_macro` brings either back.
    """
    own = rb"(?:define|undef)(?:[ \t]|\\\r?\n)+" + re.escape(name.encode("latin-1")) + rb"\b"
    found = rb"^[ \t]*(?:#|%:|\?\?=)[ \t]*(?:" + own + rb"|include\b|pragma[ \t]+pop_macro)"
    return re.search(found, between, re.MULTILINE) is not None


def declared_in(function: Node, data: bytes) -> list[str]:
    """The names of a function's parameters, and of everything that its blocks declare, each as often
    as it is declared."""
    found = [d.name for local in list_parameters(function, data) for d in local.declared if d.name]
    body = function.child_by_field_name("body")
    left = [body] if body is not None else []
    while left:
        node = left.pop()
        if node.type in ("declaration", "type_definition"):
            found += [d.name for d in read_declaration(text_of(node, data) + ";") if d.name]
        left.extend(node.named_children)
    return found
