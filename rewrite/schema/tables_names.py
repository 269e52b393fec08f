# SPDX-License-Identifier: GPL-2.0-or-later
"""What a function moves for one element, as it is called where the element is a member."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .expression import Earlier, Expression, Fact, Operation
from .model import Branch, Buffer, Call, Check, Choice, Loop, Node, Opaque, Value


@dataclass(frozen=True)
class Element:
    """The element: its name, its size, and how the function calls its parameter of that size.

    Before, of an element "timer": the values "" and "left", a buffer of `size` bytes.
    After: "timer", "timer.left", a buffer of the element's size. An element that is the `root` itself,
    as of an entry without an offset, adds no name to those of its members.
    """

    name: str
    size: Expression
    size_parameter: str = ""
    root: bool = False

    def named(self, name: str) -> str:
        """The name from the root on of what is `name` from the element on."""
        if name == "" or name[0] in ".[":
            return self.name + name
        return name if self.root else f"{self.name}.{name}"

    def nodes(self, nodes: tuple[Node, ...]) -> tuple[Node, ...]:
        """Nodes with their names from the root on."""
        return tuple(self._place_node(node) for node in nodes)

    def _place_node(self, node: Node) -> Node:
        match node:
            case Value():
                constant = self._place_optional(node.constant)
                return replace(node, name=self.named(node.name), constant=constant)
            case Buffer():
                return replace(
                    node, name=self.named(node.name), size=self._place_expression(node.size)
                )
            case Loop():
                return replace(
                    node,
                    name=self.named(node.name),
                    body=self.nodes(node.body),
                    count=self._place_optional(node.count),
                    condition=self._place_optional(node.condition),
                    head=self.nodes(node.head),
                )
            case Branch():
                return replace(
                    node,
                    condition=self._place_expression(node.condition),
                    then=self.nodes(node.then),
                    otherwise=self.nodes(node.otherwise),
                )
            case Check():
                return replace(node, condition=self._place_expression(node.condition))
            case Call():
                version = self._place_optional(node.version)
                return replace(node, name=self.named(node.name), version=version)
            case Choice():
                return replace(node, options=tuple(self.nodes(o) for o in node.options))
            case Opaque():
                return replace(node, size=self._place_optional(node.size))

    def _place_optional(self, expression: Expression | None) -> Expression | None:
        return None if expression is None else self._place_expression(expression)

    def _place_expression(self, expression: Expression) -> Expression:
        match expression:
            case Fact(name) if name == self.size_parameter != "":
                return self.size
            case Earlier(name):
                return Earlier(self.named(name))
            case Fact(name) if "(" not in name:  # what a function gives is no member
                return replace(expression, name=self.named(name))
            case Operation(operator, operands):
                return Operation(operator, tuple(map(self._place_expression, operands)))
        return expression
