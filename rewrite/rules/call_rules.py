# SPDX-License-Identifier: GPL-2.0-or-later
"""What rules say of calls, of where they stand, and of what is written instead; table_rules has those
of tables, support_rules those of the support code."""

from __future__ import annotations

from dataclasses import dataclass

from ..terms import Direction, Operand
from .read import RuleOrigin


@dataclass(frozen=True)
class Primitive:
    """A QEMUFile function that moves one value or buffer.

    `operand` says how the value travels: `value` (argument), `pointer`, `result`, or `buffer`
    (pointer and size). `c_type` is the type of the parameter or result in its prototype, for
    pointers what they point to. `visit` names the Visit whose type has the same bits as the wire:
    a get_sbe16 is not sign-extended, so it travels as uint16.
    """

    name: str
    direction: Direction
    wire: str
    operand: Operand
    c_type: str
    visit: str
    origin: RuleOrigin


@dataclass(frozen=True)
class Visit:
    """A visit_type function.

    `function` is how it is spelled, `rfc` the same in the mail's dialect; `c_type` the type of the
    object that it takes; `wire` what it can put on the wire.
    """

    name: str
    function: str
    rfc: str
    c_type: str
    wire: tuple[str, ...]
    origin: RuleOrigin


@dataclass(frozen=True)
class ExactType:
    """A built-in C type that is a fixed-width type on every host that QEMU builds for."""

    spelling: str
    fixed: str
    origin: RuleOrigin


@dataclass(frozen=True)
class Dialect:
    """An era of the Visitor interface.

    `order` are the roles of a visit's parameters, `returns` its return type. `error` says what
    stands in the errp role: the `Error **` itself, or the address of a local `Error *`. `spelling`
    chooses between Visit.function and Visit.rfc. `recognise` says how a tree shows it: by the
    `declaration` of visit_type_uint32, by its being `absent`, or `never` (only when asked for).
    """

    name: str
    trees: str
    order: tuple[str, ...]
    returns: str
    error: str
    spelling: str
    recognise: str
    origin: RuleOrigin

    def spell(self, visit: Visit) -> str:
        """The function of a visit as this dialect names it."""
        return visit.rfc if self.spelling == "rfc" else visit.function


@dataclass(frozen=True)
class Registration:
    """A call with `arguments` arguments that registers handlers, in arguments counted from 0.

    `handlers` points to a struct of handlers; those of the last three fields are none or one.
    """

    name: str
    arguments: int
    save: tuple[int, ...]
    load: tuple[int, ...]
    idstr: tuple[int, ...]
    version: tuple[int, ...]
    handlers: tuple[int, ...]
    origin: RuleOrigin


@dataclass(frozen=True)
class Initialiser:
    """A struct whose members, initialised or assigned, are handlers.

    A save and a load member at one place belong together; `in_tables` says that tables name it.
    """

    name: str
    save: tuple[str, ...]
    load: tuple[str, ...]
    in_tables: str
    origin: RuleOrigin


@dataclass(frozen=True)
class Plumbing:
    """Functions that must keep their primitives, and why.

    `path` and `functions` are exact or hold `*` and `?` (which also match `/`).
    """

    path: tuple[str, ...]
    functions: tuple[str, ...]
    reason: str
    origin: RuleOrigin


@dataclass(frozen=True)
class CastMacro:
    """A macro whose value is a pointer to the type that its argument `type_argument` names.

    `allocates` is "yes" where that is new memory, "no" where another argument points to it.
    """

    name: str
    type_argument: int
    allocates: str
    origin: RuleOrigin


@dataclass(frozen=True)
class DeclaresCast:
    """A macro that defines an inline cast function.

    Its argument `name_argument` is the function's name, the function returns a pointer to the type
    that its argument `type_argument` names.
    """

    name: str
    type_argument: int
    name_argument: int
    origin: RuleOrigin


@dataclass(frozen=True)
class Forbidden:
    """What the lint refuses: its code, the message, what to do instead, and how grave it is.

    `severity` is "error", "warning", "note" or "off".
    """

    code: str
    message: str
    hint: str
    severity: str
    origin: RuleOrigin
