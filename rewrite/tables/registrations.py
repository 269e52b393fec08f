# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a pair is registered, and the calls that register its table instead.

register_savevm(dev, "tide", -1, 2, tide_save, tide_load, s);
vmstate_register(dev, -1, &vmstate_tide, s);
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..c.lexical import mask_opaque, split_commas
from ..files.edit import Edit
from ..rules.ruleset import Rules
from ..schema.handlers import Pair
from .era import Era
from .steps import MisfitError

_REGISTER, _UNREGISTER = "vmstate_register", "vmstate_unregister"


@dataclass(frozen=True)
class Call:
    """A call of a function: its name, its arguments as written, the bytes that it takes."""

    name: str
    arguments: tuple[str, ...]
    start: int
    end: int


def calls_of(data: bytes, masked: bytes, name: str) -> Iterator[Call]:
    """The calls of a function in a text; `masked` is the same without comments and strings."""
    for match in re.finditer(rb"\b" + name.encode() + rb"\s*\(", masked):
        end, depth = match.end(), 1
        while depth and end < len(masked):
            depth += {b"(": 1, b")": -1}.get(masked[end : end + 1], 0)
            end += 1
        inner = split_commas(masked[match.end() : end - 1].decode("latin-1"))
        at, arguments = match.end(), []
        for part in inner:
            arguments.append(" ".join(data[at : at + len(part)].decode("latin-1").split()))
            at += len(part) + 1
        yield Call(name, tuple(arguments), match.start(), end)


@dataclass(frozen=True)
class Place:
    """The registration of a pair, and what unregisters it."""

    register: Call
    unregister: tuple[Call, ...]
    device: bool  # whether the first argument is the device


def place_of(data: bytes, pair: Pair, offset: int) -> Place:
    """The calls for a pair that is registered at the line of a byte. Raises MisfitError."""
    masked = mask_opaque(data)
    name = pair.by.removesuffix("()")
    line = data.count(b"\n", 0, offset)
    found = [
        call
        for call in calls_of(data, masked, name)
        if pair.save in call.arguments and pair.load in call.arguments
    ]
    if len(found) != 1:
        raise MisfitError(
            "table-other-place", f"{name}() is called {len(found)} times with it", offset
        )
    call = found[0]
    if data.count(b"\n", 0, call.start) != line or len(call.arguments) not in (6, 7):
        raise MisfitError("table-other-place", "its registration is not understood", offset)
    device = len(call.arguments) == 7
    unregister = [
        other
        for other in calls_of(data, masked, "unregister_savevm")
        if other.arguments[-2:-1] == (f'"{pair.idstr}"',)
    ]
    return Place(call, tuple(unregister), device)


def registration_edits(place: Place, symbol: str, era: Era, rules: Rules) -> Iterator[Edit]:
    """The new calls. Raises MisfitError where the tree registers tables in another way."""
    parameters = era.parameters_of(_REGISTER)
    known = {r.arguments: r.table for r in rules.table_registrations if r.name == _REGISTER}
    table = known.get(parameters or 0)
    call = place.register
    if table is None:
        raise MisfitError("table-no-macro", f"{_REGISTER}() is not as it is known", call.start)
    device = list(call.arguments[:1]) if place.device else []
    front = device if table == 2 else []
    if table == 2 and not place.device:
        front = ["NULL"]
    instance = call.arguments[2 if place.device else 1]
    if table == 1 and device not in ([], ["NULL"]):
        raise MisfitError("table-no-macro", f"{_REGISTER}() takes no device here", call.start)
    arguments = [*front, instance, f"&{symbol}", call.arguments[-1]]
    yield Edit(call.start, call.end, _called(_REGISTER, arguments))
    for other in place.unregister:
        front = list(other.arguments[:-2])
        arguments = [*front, f"&{symbol}", other.arguments[-1]]
        if era.parameters_of(_UNREGISTER) != len(arguments):
            raise MisfitError(
                "table-no-macro", f"{_UNREGISTER}() is not as it is known", other.start
            )
        yield Edit(other.start, other.end, _called(_UNREGISTER, arguments))


def _called(name: str, arguments: Sequence[str]) -> bytes:
    return f"{name}({', '.join(arguments)})".encode("latin-1")
