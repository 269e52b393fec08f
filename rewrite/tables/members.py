# SPDX-License-Identifier: GPL-2.0-or-later
"""Expressions of a handler: the member of the state that one is, and the number that one comes to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from tree_sitter import Node

from ..c.declarations import Array
from ..c.expand import lex_text
from ..c.syntax import Syntax, text_of
from ..c.types import Frame, Resolved, Resolver, Unknown
from ..errors import ExpansionError, UnknownTypeError
from ..rules.ruleset import Primitive, Rules
from ..schema.tables_view import TableFile
from .steps import NoTableError, StateMember


@dataclass(frozen=True)
class FileText:
    """One file: its parse, and what its names mean."""

    syntax: Syntax
    resolver: Resolver
    view: TableFile

    @property
    def data(self) -> bytes:
        """The bytes of the file."""
        return self.syntax.source.data

    def text(self, node: Node) -> str:
        """The text of a node."""
        return text_of(node, self.data)

    def resolve(self, node: Node, pointee: bool = False) -> Resolved | Unknown:
        """The declared type of an expression, or of an element of the array that it is."""
        path = str(self.syntax.source.path)
        chain = self.syntax.place(node.start_byte).chain
        return self.resolver.resolve(node, Frame(self.data, chain, path), pointee)


def bare_of(node: Node) -> Node:
    """An expression without the parentheses around it."""
    while node.type == "parenthesized_expression":
        inner = [c for c in node.named_children if c.type != "comment"]
        if len(inner) != 1:
            break
        node = inner[0]
    return node


def child_of(node: Node, field: str) -> Node:
    """A part of a node that the grammar says is there. Raises NoTableError for damaged text."""
    found = node.child_by_field_name(field)
    if found is None:
        raise NoTableError("table-unread", "text that is not understood", node.start_byte)
    return found


@dataclass(frozen=True)
class MemberReader:
    """Reads expressions of one function: `root` points to the state, which is a `state`."""

    file: FileText
    root: str
    state: str

    def read_number(self, node: Node) -> int | None:
        """The value of a constant expression, also of a size of the state's arrays; None otherwise."""
        text = self.file.text(node).replace(f"{self.root}->", f"(({self.state} *)0)->")
        try:
            tokens = lex_text(text, node.start_byte)
            return self.file.view.fold(self.file.view.expander(node.start_byte).expand(tokens))
        except (UnknownTypeError, ExpansionError):
            return None

    def read_member(
        self, node: Node, loops: Collection[str], array: bool = False
    ) -> StateMember | None:
        """The object that an lvalue is, `loops` being loop variables; None where it is none of the
        state. With `array` it is an array of the state, and the type that of an element.

        Raises NoTableError for an object of the state that a table can't reach.
        """
        node = bare_of(node)
        path = self._path_of(node, loops)
        if path is None:
            return None
        resolved = self.file.resolve(node, pointee=array)
        if isinstance(resolved, Unknown):
            text = f"`{self.file.text(node)}`: {resolved.reason}"
            raise NoTableError("table-type", text, node.start_byte)
        if resolved.bitfield:
            text = f"`{self.file.text(node)}` is a bit-field"
            raise NoTableError("table-bit-field", text, node.start_byte)
        variables: dict[str, None] = {}
        lengths = [(path, self._length_of(node))] if array else []
        at = node
        while at.type in ("subscript_expression", "field_expression"):
            argument = bare_of(child_of(at, "argument"))
            if at.type == "subscript_expression":
                index = self.file.text(child_of(at, "index"))
                variables |= {index: None} if index in loops else {}
                lengths.append((self._path_of(argument, loops) or "", self._length_of(argument)))
            at = argument
        return StateMember(path, resolved, tuple(reversed(variables)), tuple(lengths))

    def _path_of(self, node: Node, loops: Collection[str]) -> str | None:
        """The path of a member as text; None where the expression is none of the state."""
        if node.type == "field_expression":
            argument, name = (
                bare_of(child_of(node, "argument")),
                self.file.text(child_of(node, "field")),
            )
            if any(True for _ in self.file.view.scope.find_macros(name)):
                text = f"`{name}` is a macro here"
                raise NoTableError("table-unread", text, node.start_byte)
            arrow = self.file.text(child_of(node, "operator")) == "->"
            if arrow and argument.type == "identifier" and self.file.text(argument) == self.root:
                return name
            base = self._path_of(argument, loops)
            if base is None:
                return None
            if arrow:
                text = self.file.text(node)
                raise NoTableError(
                    "table-pointer", f"`{text}` is behind a pointer", node.start_byte
                )
            return f"{base}.{name}"
        if node.type == "subscript_expression":
            base = self._path_of(bare_of(child_of(node, "argument")), loops)
            return None if base is None else f"{base}[{self._index_of(node, loops)}]"
        return None

    def _index_of(self, node: Node, loops: Collection[str]) -> str:
        """The text of an index. Raises NoTableError where it is neither a constant nor a loop variable,
        or what is indexed is no array."""
        index = bare_of(child_of(node, "index"))
        argument = child_of(node, "argument")
        resolved = self.file.resolve(bare_of(argument))
        if not isinstance(resolved, Resolved) or not isinstance(resolved.type, Array):
            text = self.file.text(node)
            raise NoTableError(
                "table-pointer", f"`{text}` is an element behind a pointer", node.start_byte
            )
        text = self.file.text(index)
        if text in loops:
            return text
        if self.read_number(index) is None:
            raise NoTableError(
                "table-computed", f"`{text}` picks the element that is moved", index.start_byte
            )
        return "".join(text.split())

    def _length_of(self, node: Node) -> int | None:
        """The length of an array, the same on every target; None where it is not known."""
        resolved = self.file.resolve(bare_of(node))
        if not isinstance(resolved, Resolved) or not isinstance(resolved.type, Array):
            return None
        try:
            tokens = lex_text(resolved.type.size, len(self.file.data))
            return self.file.view.fold(self.file.view.expander(len(self.file.data)).expand(tokens))
        except (UnknownTypeError, ExpansionError):
            return None


def primitive_of(file: FileText, rules: Rules, node: Node) -> Primitive | None:
    """The primitive that an expression calls, None where it calls none."""
    if node.type != "call_expression":
        return None
    return rules.primitives.get(file.text(child_of(node, "function")))


def statement_text(file: FileText, node: Node) -> str:
    """A statement from the start of its line on."""
    start = file.data.rfind(b"\n", 0, node.start_byte) + 1
    lead = file.data[start : node.start_byte].decode("latin-1")
    return (lead if not lead.strip() else "    ") + file.text(node)


def function_around(file: FileText, offset: int) -> Node | None:
    """The whole definition that a byte of a body is in; None where it can't be read."""
    place = file.syntax.place(offset)
    return None if place.damaged else place.function
