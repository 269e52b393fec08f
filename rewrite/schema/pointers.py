# SPDX-License-Identifier: GPL-2.0-or-later
"""What a call through a pointer may reach: the functions and tables that the tree sets the member to.

A class's pointer (`k->load_config`) is set in each device's class_init, or by an initialiser. Only
assignments through a variable of the same declared type count, and all of them do: which one holds
is a fact of the device.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ..c.lexical import mask_opaque
from .handlers import GET, HandlerReader
from .model import Branch, Call, Choice, Loop, Node, Opaque, Place

_THROUGH = re.compile(r"(?:(\w+)\s*->\s*)?(\w+)\Z")
_MOST_NESTED = 8  # options within options: a device's load may call its class again


@dataclass
class PointerReader:
    """Resolves the pointers of handlers; `tables` are the symbols of the tree's descriptions."""

    handlers: HandlerReader
    tables: frozenset[str]
    _masked: dict[str, bytes] = field(default_factory=dict)
    _known: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    def resolve(self, nodes: Sequence[Node], depth: int = 0) -> tuple[Node, ...]:
        """The nodes, each call through a pointer as a choice of what it may reach.

        One that nothing is assigned to stays as it is.
        """
        return tuple(self._resolved(node, depth) for node in nodes)

    def _resolved(self, node: Node, depth: int) -> Node:
        match node:
            case Opaque(place=Place()) if node.size is None:
                return self._choice(node, depth)
            case Branch(then=then, otherwise=otherwise):
                inner = (self.resolve(then, depth), self.resolve(otherwise, depth))
                return replace(node, then=inner[0], otherwise=inner[1])
            case Loop(body=body, head=head):
                return replace(node, body=self.resolve(body, depth), head=self.resolve(head, depth))
            case _:
                return node

    def _choice(self, node: Opaque, depth: int) -> Node:
        found = _THROUGH.search(node.text)
        assert node.place is not None
        if found is None or depth > _MOST_NESTED:
            return node
        reached = self._assigned(node.place, found[1] or "", found[2])
        if not reached:
            return node
        options = tuple(self._option(name, node.place, depth) for name in reached)
        return Choice(node.text, reached, options, (), node.place)

    def _option(self, name: str, place: Place, depth: int) -> tuple[Node, ...]:
        if name in self.tables:
            return (Call(name, "", place=place),)
        return self.resolve(self.handlers.model_of_function(name, GET), depth + 1)

    def _assigned(self, place: Place, variable: str, member: str) -> tuple[str, ...]:
        """What the member is set to, anywhere in the tree, through a variable of the same type."""
        data = self._text(place.path)
        lines = data.split(b"\n")
        at = sum(len(line) + 1 for line in lines[: place.line - 1])
        if not variable:
            through = re.compile(rb"(\w+)\s*->\s*" + re.escape(member.encode()))
            match = through.search(data, at, at + 400)
            variable = match[1].decode("latin-1") if match is not None else ""
        type_ = _declared_type(data, at, variable)
        if not type_:
            return ()
        if (type_, member) not in self._known:
            self._known[type_, member] = tuple(sorted(self._search(type_, member)))
        return self._known[type_, member]

    def _search(self, type_: str, member: str) -> set[str]:
        word = re.escape(member.encode())
        assigned = re.compile(rb"(\w+)\s*->\s*" + word + rb"\s*=\s*&?\s*(\w+)\s*;")
        initialised = re.compile(
            rb"\b" + type_.encode() + rb"\s+\w+\s*=\s*\{[^}]*?\.\s*" + word + rb"\s*=\s*&?\s*(\w+)"
        )
        found: set[str] = set()
        for source in self.handlers.sources:
            if member.encode() not in source.data or type_.encode() not in source.data:
                continue
            data = self._text(source.name, source.data)
            names = [m[1] for m in initialised.finditer(data)]
            for match in assigned.finditer(data):
                if _declared_type(data, match.start(), match[1].decode("latin-1")) == type_:
                    names.append(match[2])
            found |= {name.decode("latin-1") for name in names}
        return {n for n in found if n in self.tables or self.handlers.functions.named(n, "")}

    def _text(self, name: str, data: bytes | None = None) -> bytes:
        """A file of the tree without its comments and texts."""
        if name not in self._masked:
            known = next((s.data for s in self.handlers.sources if s.name == name), data or b"")
            self._masked[name] = mask_opaque(known)
        return self._masked[name]


def _declared_type(data: bytes, before: int, variable: str) -> str:
    """The type that the nearest `TYPE *variable` before an offset declares; empty where there is none."""
    if not variable:
        return ""
    declares = rb"\b(\w+)\s*\*\s*" + variable.encode("latin-1") + rb"\s*[=;,)]"
    found = ""
    for match in re.finditer(declares, data[:before]):
        found = match[1].decode("latin-1")
    return found
