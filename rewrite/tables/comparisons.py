# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbers that a load reads only to compare them with the state: VMSTATE_UINT32_EQUAL and the like."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tree_sitter import Node

from ..c.types import Resolved
from ..rules.ruleset import Primitive, Rules
from ..terms import Operand
from .members import (
    FileText,
    MemberReader,
    bare_of,
    child_of,
    primitive_of,
    statement_text,
)
from .steps import NoTableError, StateMember, Transfer

FAILING = re.compile(r"\s*-\s*(?:\d*[1-9]\d*|E[A-Z]+)\s*")
"""What a load returns that fails."""
PASSING = re.compile(
    r"\s*if\s*\(\s*(\w+)\s*<\s*0\s*\)\s*(?:\{\s*return\s+\1\s*;\s*\}|return\s+\1\s*;)\s*"
)
"""A statement that lets the load fail with an error that a variable holds."""
_INVALID = "-EINVAL"
"""What it returns where it is the macros that compare."""


@dataclass(frozen=True)
class ComparisonReader:
    """Finds comparisons among the statements of one function, `local` being its variables."""

    file: FileText
    members: MemberReader
    rules: Rules
    local: Collection[str]

    def find(self, nodes: Sequence[Node]) -> tuple[dict[int, Transfer | None], dict[int, str]]:
        """Where a number is read only to be compared, by where its statement starts; and its text.

        `val = qemu_get_be32(f); if (val != s->x) return -EINVAL;` are two: the second is None.
        """
        found: dict[int, Transfer | None] = {}
        texts: dict[int, str] = {}
        plain = [n for n in nodes if n.type != "comment"]
        for number, node in enumerate(plain):
            condition = self._failing_condition(node)
            if condition is None:
                continue
            sides = [bare_of(child_of(condition, side)) for side in ("left", "right")]
            for one, other in (sides, sides[::-1]):
                before = plain[number - 1] if number else None
                get, first = self._read_into(one, before)
                member = self._compared_member(get, other) if get is not None else None
                if get is None or member is None:
                    continue
                at = first if first is not None else node
                found[at.start_byte] = Transfer(get, member, at.start_byte, equal=True)
                texts[at.start_byte] = "\n".join(
                    statement_text(self.file, n)
                    for n in ((at, node) if at is not node else (node,))
                )
                if first is not None:
                    found[node.start_byte] = None
                break
        return found, texts

    def _failing_condition(self, node: Node) -> Node | None:
        """The condition `a != b` of a statement that lets the load fail, and does nothing else."""
        if node.type != "if_statement" or node.child_by_field_name("alternative") is not None:
            return None
        condition, body = (
            bare_of(child_of(node, "condition")),
            child_of(node, "consequence"),
        )
        inner = [c for c in body.named_children if c.type != "comment"]
        body = inner[0] if body.type == "compound_statement" and len(inner) == 1 else body
        if condition.type != "binary_expression" or body.type != "return_statement":
            return None
        told = "".join(self.file.text(body).removeprefix("return").rstrip("; ").split())
        unequal = self.file.text(child_of(condition, "operator")) == "!="
        return condition if unequal and told == _INVALID else None

    def _read_into(self, node: Node, before: Node | None) -> tuple[Primitive | None, Node | None]:
        """What reads the value of an expression: it itself, or the statement `before` it."""
        primitive = primitive_of(self.file, self.rules, node)
        if primitive is not None and primitive.operand == Operand.RESULT:
            return primitive, None
        if node.type != "identifier" or before is None or before.type != "expression_statement":
            return None, None
        inner = before.named_children[0] if before.named_children else before
        if inner.type != "assignment_expression":
            return None, None
        name, get = (
            self.file.text(node),
            primitive_of(self.file, self.rules, bare_of(child_of(inner, "right"))),
        )
        resolved = self.file.resolve(child_of(inner, "left"))
        whole = isinstance(resolved, Resolved) and resolved.exact == "uint32_t"
        assigned = self.file.text(child_of(inner, "left")) == name and name in self.local
        plain = self.file.text(child_of(inner, "operator")) == "="
        right = get is not None and get.operand == Operand.RESULT and whole and assigned and plain
        return (get, before) if right else (None, None)

    def _compared_member(self, get: Primitive, node: Node) -> StateMember | None:
        """The object that a number of a wire is compared with, as the macros compare it."""
        try:
            member = self.members.read_member(node, ())
        except NoTableError:
            return None
        exact = member.type.exact if member is not None else None
        alike = {"byte": ("uint8_t",), "be16": ("uint16_t",), "be32": ("uint32_t", "int32_t")}
        return member if exact in alike.get(get.wire, ()) else None
