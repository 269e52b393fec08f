# SPDX-License-Identifier: GPL-2.0-or-later
"""What a call through a pointer may reach: the functions and tables that the tree sets the member to.

A class's pointer (`k->load_config`) is set in each device's class_init, or by an initialiser. Only
assignments through a variable of the same declared type count, and all of them do: which one holds
is a fact of the device, and the same for all members of its class (`classes`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from .classes import ClassReader, with_members
from .expression import Expression, Fact, Operation
from .handlers import GET, HandlerReader
from .model import Branch, Call, Choice, ClassSetup, Loop, Node, Opaque, Place
from .predicates import PredicateReader

_THROUGH = re.compile(r"(?:(\w+)\s*->\s*)?(\w+)\Z")
_MEMBER = re.compile(r"(?:[\w.]*\.)?(\w+)\Z")
_MOST_NESTED = 8  # options within options: a device's load may call its class again
_NEAR = 400  # bytes from the start of a statement's line within which what it reads is named


@dataclass
class PointerReader:
    """Resolves the pointers of handlers; `tables` are the symbols of the tree's descriptions."""

    handlers: HandlerReader
    tables: frozenset[str]
    classes: ClassReader
    predicates: PredicateReader
    _asked: dict[str, set[str]] = field(default_factory=dict)
    """The members of classes that were met, by type."""

    def resolve(self, nodes: Sequence[Node], depth: int = 0) -> tuple[Node, ...]:
        """The nodes, each call through a pointer as a choice of what it may reach.

        One that nothing is assigned to stays as it is. Conditions on members of classes know so.
        """
        return tuple(self._resolve_node(node, depth) for node in nodes)

    def setups(self) -> tuple[ClassSetup, ...]:
        """Who makes the classes that were met so far, with the members that were asked for."""
        return tuple(
            with_members(setup, members)
            for type_, members in sorted(self._asked.items())
            for setup in self.classes.find_setups(type_)
        )

    def _resolve_node(self, node: Node, depth: int) -> Node:
        match node:
            case Opaque(place=Place()) if node.size is None:
                return self._make_choice(node, depth)
            case Branch(condition, then, otherwise, place):
                if place is not None:
                    condition = self._own_condition(condition, place)
                inner = (self.resolve(then, depth), self.resolve(otherwise, depth))
                return replace(node, condition=condition, then=inner[0], otherwise=inner[1])
            case Loop(body=body, head=head):
                return replace(node, body=self.resolve(body, depth), head=self.resolve(head, depth))
            case _:
                return node

    def _own_condition(self, condition: Expression, place: Place) -> Expression:
        """A condition whose facts know the class that they are members of."""
        if isinstance(condition, Operation):
            operands = tuple(self._own_condition(one, place) for one in condition.operands)
            return replace(condition, operands=operands)
        if isinstance(condition, Fact) and condition.name.endswith(")"):
            return self.predicates.evaluate_call(condition.name, place.path) or condition
        found = _MEMBER.match(condition.name) if isinstance(condition, Fact) else None
        if found is None or not isinstance(condition, Fact):
            return condition
        owner = self._owner_of(place, "", found[1])
        return replace(condition, owner=owner) if owner else condition

    def _owner_of(self, place: Place, variable: str, member: str) -> str:
        """The class whose member is read at a place; empty where it is no class's."""
        type_ = self._type_of(place, variable, member)
        given = (m for setup in self.classes.find_setups(type_) for m, _ in setup.members)
        if not type_ or member not in given:
            return ""
        self._asked.setdefault(type_, set()).add(member)
        return type_

    def _make_choice(self, node: Opaque, depth: int) -> Node:
        found = _THROUGH.search(node.text)
        assert node.place is not None
        if found is None or depth > _MOST_NESTED:
            return node
        variable, member = found[1] or "", found[2]
        reached = self._find_assigned(node.place, variable, member)
        if not reached:
            return node
        options = tuple(self._make_option(name, node.place, depth) for name in reached)
        owner = self._owner_of(node.place, variable, member)
        return Choice(node.text, reached, options, owner, member if owner else "", node.place)

    def _make_option(self, name: str, place: Place, depth: int) -> tuple[Node, ...]:
        if name in self.tables:
            return (Call(name, "", place=place),)
        return self.resolve(self.handlers.model_of_function(name, GET), depth + 1)

    def _find_assigned(self, place: Place, variable: str, member: str) -> tuple[str, ...]:
        """What the member is set to, anywhere in the tree, through a variable of the same type."""
        type_ = self._type_of(place, variable, member)
        names = self.classes.find_values(type_, member) if type_ else ()
        known = (n for n in names if n in self.tables or self.handlers.functions.find_named(n, ""))
        return tuple(sorted(known))

    def _type_of(self, place: Place, variable: str, member: str) -> str:
        """The declared type of what has a member that is read at a place; empty if not known."""
        text = self.classes.read_text(place.path)
        if text is None:
            return ""
        start = text.offset(place.line)
        if not variable:
            through = re.compile(rb"(\w+)\s*->\s*" + member.encode("latin-1") + rb"\b")
            match = through.search(text.data, start, start + _NEAR)
            variable = match[1].decode("latin-1") if match is not None else ""
        return text.type_of(variable.encode("latin-1"), start)
