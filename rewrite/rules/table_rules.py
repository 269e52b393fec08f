# SPDX-License-Identifier: GPL-2.0-or-later
"""The rules about VMState tables, and about what a build defines, as objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .read import RuleOrigin


@dataclass(frozen=True)
class BuildSymbol:
    """A preprocessor symbol that every build of a system emulator defines, or none does."""

    name: str
    defined: str
    origin: RuleOrigin


@dataclass(frozen=True)
class Target:
    """A target: the name of its folder, and the symbols that a build for it defines."""

    name: str
    folder: str
    symbols: tuple[str, ...]
    origin: RuleOrigin


@dataclass(frozen=True)
class InterpreterRule:
    """The functions that save and load a table by its fields' flags; `both` serve either.

    If saving names something of `null_marker`, the value of the macro `marker` stands in place of
    what a null pointer of an array of pointers points to. `subsections` looks for the subsections of a
    table where its fields end, inside of another table too.
    """

    save: tuple[str, ...]
    load: tuple[str, ...]
    both: tuple[str, ...]
    null_marker: tuple[str, ...]
    marker: str
    subsections: str
    origin: RuleOrigin


@dataclass(frozen=True)
class InfoWire:
    """What a VMStateInfo puts on the wire: one of the shapes that rules.schema lists."""

    name: str
    shape: str
    origin: RuleOrigin


@dataclass(frozen=True)
class TableRegistration:
    """A call with `arguments` arguments that registers a table, its argument `table` from 0 on."""

    name: str
    arguments: int
    table: int
    origin: RuleOrigin


@dataclass(frozen=True)
class PciCapability:
    """A member of a device that a capability in its PCI configuration space tells.

    `buffer` is the field of the table that holds the space; the lowest `bits` of the word at `offset` in
    the capability of that number, and `add` more, are the member's value. The device has the
    capability where the bit `bit` of its member `flags` is set.
    """

    table: str
    buffer: str
    member: str
    capability: int
    offset: int
    bits: int
    add: int
    flags: str
    bit: int
    origin: RuleOrigin


@dataclass(frozen=True)
class TableMember:
    """A member of a struct that holds the table of a section."""

    struct: str
    member: str
    origin: RuleOrigin


@dataclass(frozen=True)
class FieldMacro:
    """The macros of a table's fields of the C type `c_type` that travel as `wire`.

    `stem` is the one for a single field: NAME(field, state). The others end as QEMU has them, such
    as NAME_V and NAME_ARRAY; which of them there are, only the tree says.
    """

    stem: str
    c_type: str
    wire: str
    origin: RuleOrigin


@dataclass(frozen=True)
class FieldHelper:
    """Functions that put and get an object, and the macros for the same in a table, best first."""

    save: str
    load: str
    macros: tuple[str, ...]
    origin: RuleOrigin


@dataclass(frozen=True)
class StructMacro:
    """A macro of fields whose last arguments are a VMStateInfo and the type that it moves, and the macro
    with the same arguments but a table in place of the info."""

    name: str
    struct: str
    origin: RuleOrigin


@dataclass(frozen=True)
class StandIn:
    """A function that a device calls: what stands in for it does one of terms.STAND_INS."""

    name: str
    does: str
    origin: RuleOrigin


@dataclass(frozen=True)
class TableCall:
    """A function that saves or loads by a table: the arguments that are the table and the object.

    `version` is the argument with the version that the table is used at, empty where its own is.
    """

    name: str
    description: int
    object: int
    version: tuple[int, ...]
    origin: RuleOrigin


TABLE_CLASSES: Mapping[str, type] = {
    "build_symbol": BuildSymbol,
    "target": Target,
    "interpreter": InterpreterRule,
    "info_wire": InfoWire,
    "table_registration": TableRegistration,
    "table_member": TableMember,
    "pci_capability": PciCapability,
    "field_macro": FieldMacro,
    "field_helper": FieldHelper,
    "stand_in": StandIn,
    "struct_macro": StructMacro,
}
"""The class of each kind of rule that is here."""
