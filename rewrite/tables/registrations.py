# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a pair is registered, and the calls that register its table instead.

register_savevm(dev, "tide", -1, 2, tide_save, tide_load, s);
vmstate_register(dev, -1, &vmstate_tide, s);
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..c.lexical import close_in, mask_opaque, split_commas
from ..files.edit import Edit
from ..rules.ruleset import Rules
from ..schema.handlers import FunctionPair
from .era import Era
from .steps import NoTableError

_REGISTER, _UNREGISTER = "vmstate_register", "vmstate_unregister"


@dataclass(frozen=True)
class FunctionCall:
    """A call of a function: its name, its arguments as written, the bytes that it takes."""

    name: str
    arguments: tuple[str, ...]
    start: int
    end: int


def calls_of(data: bytes, masked: bytes, name: str) -> Iterator[FunctionCall]:
    """The calls of a function in a text; `masked` is the same without comments and strings."""
    for match in re.finditer(rb"\b" + name.encode() + rb"\s*\(", masked):
        end = min(close_in(masked, match.end()) + 1, len(masked))
        inner = split_commas(masked[match.end() : end - 1].decode("latin-1"))
        at, arguments = match.end(), []
        for part in inner:
            arguments.append(" ".join(data[at : at + len(part)].decode("latin-1").split()))
            at += len(part) + 1
        yield FunctionCall(name, tuple(arguments), match.start(), end)


@dataclass(frozen=True)
class RegistrationPlaces:
    """The registrations of one pair of functions, all under one name, and what unregisters it.

    `device` says that their first argument is the device.
    """

    register: tuple[FunctionCall, ...]
    unregister: tuple[FunctionCall, ...]
    device: bool


def places_of(data: bytes, pair: FunctionPair, offset: int) -> RegistrationPlaces:
    """The calls for the functions of a pair. Raises NoTableError at `offset` where one differs."""
    masked = mask_opaque(data)
    name = pair.by.removesuffix("()")
    found = [
        call
        for call in calls_of(data, masked, name)
        if pair.save in call.arguments or pair.load in call.arguments
    ]
    for call in found:
        if len(call.arguments) not in (6, 7) or len(call.arguments) != len(found[0].arguments):
            raise NoTableError("table-other-place", "its registration is not understood", offset)
        own = call.arguments[-6] if len(call.arguments) == 6 else call.arguments[1]
        functions = call.arguments[-3:-1]
        if functions != (pair.save, pair.load) or own != f'"{pair.idstr}"':
            message = f"{pair.save}() or {pair.load}() is registered under another name, too"
            raise NoTableError("table-name", message, offset)
        if call.arguments[-4] != pair.version_text:
            raise NoTableError("table-version", "it is registered with several versions", offset)
    unregister = [
        other
        for other in calls_of(data, masked, "unregister_savevm")
        if other.arguments[-2:-1] == (f'"{pair.idstr}"',)
    ]
    return RegistrationPlaces(tuple(found), tuple(unregister), len(found[0].arguments) == 7)


def registration_edits(
    places: RegistrationPlaces, symbol: str, era: Era, rules: Rules
) -> Iterator[Edit]:
    """The new calls. Raises NoTableError where the tree registers tables in another way."""
    known = {r.arguments: r.table for r in rules.table_registrations if r.name == _REGISTER}
    table = known.get(era.parameters_of(_REGISTER) or 0)
    for call in places.register:
        device = list(call.arguments[:1]) if places.device else []
        if table is None or (table == 1 and device not in ([], ["NULL"])):
            raise NoTableError("table-no-macro", f"{_REGISTER}() is not as it is known", call.start)
        front = [] if table == 1 else device or ["NULL"]
        instance = call.arguments[2 if places.device else 1]
        arguments = [*front, instance, f"&{symbol}", call.arguments[-1]]
        yield Edit(call.start, call.end, _called_pattern(_REGISTER, arguments))
    for call in places.unregister:
        arguments = [*call.arguments[:-2], f"&{symbol}", call.arguments[-1]]
        if era.parameters_of(_UNREGISTER) != len(arguments):
            message = f"{_UNREGISTER}() is not as it is known"
            raise NoTableError("table-no-macro", message, call.start)
        yield Edit(call.start, call.end, _called_pattern(_UNREGISTER, arguments))


def _called_pattern(name: str, arguments: Sequence[str]) -> bytes:
    return f"{name}({', '.join(arguments)})".encode("latin-1")
