# SPDX-License-Identifier: GPL-2.0-or-later
"""What is asked of a device that its stream does not say, and how each question is called.

The decoder answers them by trying, a user by `--set`, the encoder by what the decoder found.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..schema.expression import Configured, Constant, Fact
from ..schema.model import Buffer, Call, Choice, ClassSetup, Description, Field, Node, Value, Wire
from .models import Models

_DEEP = 16
"""Tables in tables that are looked into."""

BOOLEANS = ("bool", "_Bool")
"""The C types of which a byte of 0 or 1 is false or true."""

LONG = Configured("target_long")
"""What stands for the bytes of the target's `target_ulong`."""


def facts_of_section(
    facts: Mapping[str, int], idstr: str, instance: int, name: str
) -> dict[str, int]:
    """The facts of a section: those of all, and over them those that have its name before a point.

    A section goes by its whole name with its instance, without it, and by the schema's name for it.
    """
    found = dict(facts)
    for prefix in (f"{name}.", f"{idstr}.", f"{idstr}:{instance}."):
        found |= {k[len(prefix) :]: v for k, v in facts.items() if k.startswith(prefix)}
    return found


def is_code(field: Field) -> bool:
    """Whether functions of its own read a field, whose object is where its offset says."""
    plain = all(isinstance(node, Value | Buffer) for node in field.contents)
    return bool(field.info) and not field.description and not plain


def is_member(node: Value) -> bool:
    """Whether a number is a member that is there once, and known by where it is declared."""
    return node.declared is not None and "[" not in node.name


def member_of(field: Field) -> str:
    """What a field is of its table's object: its name, or the offset that its functions are given."""
    return field.offset if is_code(field) else field.name


def which_table(symbol: str, file: str) -> Configured:
    """What stands for the number of the table that a symbol means in a file, among several."""
    return Configured(f"{symbol} of {file}")


def make_held_fact(node: Choice, label: str) -> Fact:
    """What stands for a pointer's holding what has that name."""
    return Fact(f"{node.text} is {label}")


def given_value(setup: ClassSetup, fact: Fact) -> int:
    """What a class gives the member that a fact asks for: a pointer's being there is 1."""
    value = dict(setup.members).get(fact.name.rpartition(".")[2], "0")
    return int(value) if value.isdecimal() else 1


def signed_value(raw: int, size: int) -> int:
    """A number of so many bytes, read as two's complement."""
    return raw - (1 << 8 * size) if raw >> (8 * size - 1) else raw


def is_plain(models: Models, file: str, body: tuple[Node, ...]) -> bool:
    """Whether there is no question in a body, so that all elements of a row of it are alike."""
    return all(_is_plain(models, file, node, 0) for node in body)


def _is_plain(models: Models, file: str, node: Node, depth: int) -> bool:
    if isinstance(node, Value):
        return node.constant is None and node.wire is not Wire.TARGET_LONG
    if isinstance(node, Buffer):
        return isinstance(node.size, Constant)
    if not isinstance(node, Call) or depth > _DEEP:
        return False
    found = models.find_descriptions(node.symbol, file)
    told = node.version is None or isinstance(node.version, Constant)
    return len(found) == 1 and told and _plain_table(models, found[0], depth)


def _plain_table(models: Models, table: Description, depth: int) -> bool:
    file = table.place.path
    fields = all(
        not field.exists
        and field.version_id == 0
        and isinstance(field.count, Constant)
        and all(_is_plain(models, file, node, depth + 1) for node in field.contents)
        for field in table.fields
    )
    return fields and not table.subsections and not table.opaque
