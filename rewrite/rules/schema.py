# SPDX-License-Identifier: GPL-2.0-or-later
"""What may stand in a rule file: the kinds of rules, their fields, and what each field takes.

The loader checks against this table, the formatter orders and the editor inserts by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from ..terms import STAND_INS, WIRES, Direction, Operand
from .fields import (
    CODE,
    ERA,
    HEADER,
    Argument,
    anchor,
    c_type,
    choice,
    functions,
    identifier,
    index,
    matching,
    members,
    names,
    number,
    numbers,
    optional_number,
    path,
    paths,
    roles,
    sentence,
    several,
    text,
    version,
    wires,
    word,
)

SCHEMA_VERSION = 1
"""The schema that this table describes. Schema 0 had no `schema()` and `type=` for `c_type=`."""


@dataclass(frozen=True)
class RuleKind:
    """One kind of rule: its fields in canonical order, `positional` of them without a keyword.

    `meaning` says in a sentence what a rule of it states.

    Two rules of a kind that have the same values in the fields of `key` are the same rule: an error
    within one directory, a replacement in a later one.
    """

    name: str
    meaning: str
    fields: tuple[Argument, ...]
    key: tuple[str, ...]
    positional: int = 1


_PRIMITIVE = (
    identifier("name"),
    choice("direction", *Direction),
    choice("wire", *WIRES),
    choice("operand", *Operand),
    c_type("c_type"),
    identifier("visit"),
)
_VISIT = (
    identifier("name"),
    identifier("function"),
    identifier("rfc"),
    c_type("c_type"),
    wires(),
)
_DIALECT = (
    word("name", 'the name of an era such as "pre-1.2"', ERA),
    sentence("trees"),
    Argument("order", "visitor, object, name and errp in a tuple, each once", roles),
    choice("returns", "void", "bool"),
    choice("error", "errp", "local_err"),
    choice("spelling", "visit", "rfc"),
    choice("recognise", "declaration", "absent", "never"),
)
_FORBID = (
    word("code", 'a code such as "new-primitive"', CODE),
    sentence("message"),
    sentence("hint"),
    replace(choice("severity", "error", "warning", "note", "off"), default="warning"),
)
_ERAS = Argument(
    "dialects",
    'the name of an era such as "5.1", or a tuple of different ones',
    several(matching(ERA), 0),
    (),
)
_SUPPORT_FILE = (
    identifier("name"),
    paths("path"),
    path("template"),
    names("provides", needed=True),
    _ERAS,
    names("present"),
    names("absent"),
    replace(choice("asked", "no", "json"), default="no"),
)
_SUPPORT_EDIT = (
    word("step", 'a step such as "build"', CODE),
    replace(paths("path"), default=()),
    replace(identifier("declares"), default=""),
    anchor("inside"),
    anchor("anchor"),
    choice("place", "before", "after", "end", "there"),
    text("text"),
    names("provides", needed=True),
    _ERAS,
    names("present"),
    names("absent"),
    replace(choice("required", "yes", "no"), default="yes"),
)
_REGISTRATION = (
    identifier("name"),
    number("arguments"),
    replace(numbers("save"), check=several(index, 0), default=()),
    replace(numbers("load"), check=several(index, 0), default=()),
    optional_number("idstr"),
    optional_number("version"),
    optional_number("handlers"),
)
_INITIALISER = (
    identifier("name"),
    members("save"),
    members("load"),
    replace(choice("in_tables", "yes", "no"), default="no"),
)
_TABLE_CALL = (
    identifier("name"),
    number("description"),
    number("object"),
    optional_number("version"),
)
_PCI_CAPABILITY = (
    identifier("table"),
    identifier("buffer"),
    identifier("member"),
    *(number(name) for name in ("capability", "offset", "bits", "add")),
    identifier("flags"),
    number("bit"),
)
_DECLARES_CAST = (identifier("name"), number("type_argument"), number("name_argument"))

_TARGET = (
    identifier("name"),
    path("folder"),
    names("symbols", needed=True),
)
_INTERPRETER = (
    names("save", needed=True),
    names("load", needed=True),
    names("both"),
    names("null_marker"),
    identifier("marker"),
    identifier("subsections"),
)
_SHAPES = ("buffer", "padding", "bitmap", "description", "list", "tree")

_ALL = (
    RuleKind(
        "schema",
        "The version of this table that the file is written for; it comes first.",
        (version("version"),),
        ("version",),
    ),
    RuleKind(
        "primitive",
        "A call that moves one value between a handler and the stream, and how its operand travels.",
        _PRIMITIVE,
        ("name",),
    ),
    RuleKind(
        "visit",
        "A visit: its object's type, the widths it stands for, and as `rfc` the mail's name for it.",
        _VISIT,
        ("name",),
    ),
    RuleKind(
        "exact",
        "A type's spelling that is a fixed-width type on every host and target.",
        (c_type("spelling"), c_type("fixed")),
        ("spelling",),
        2,
    ),
    RuleKind(
        "header",
        "A header in which a tree declares its visits; the first that there is tells the dialect.",
        (path("path"),),
        ("path",),
    ),
    RuleKind(
        "stream_interface",
        "The functions that give a stream's visitor and the place for its errors, and their types.",
        tuple(map(identifier, ("visitor_of", "errors_of", "visitor", "error"))),
        ("visitor_of",),
    ),
    RuleKind(
        "dialect", "An era of the Visitor API, and how it is recognised.", _DIALECT, ("name",)
    ),
    RuleKind(
        "registration",
        "A function that registers handlers: the number of its arguments, which of them save and load or "
        "point to the `handlers`, and which say the section's name and version.",
        _REGISTRATION,
        ("name", "arguments"),
    ),
    RuleKind(
        "initialiser",
        "A struct whose members are handlers; members at one place of `save` and `load` are a pair. "
        "`in_tables` says that tables name it, so that it makes no section.",
        _INITIALISER,
        ("name",),
    ),
    RuleKind(
        "stream_type",
        "The type of a stream, which a pointer to is passed to handlers.",
        (identifier("name"),),
        ("name",),
    ),
    RuleKind(
        "once_macro",
        "A macro that heads a block which runs once, such as one that holds a lock meanwhile.",
        (identifier("name"),),
        ("name",),
    ),
    RuleKind(
        "table_call",
        "A function that saves or loads what a table describes: which arguments are the table, the "
        "object, and the version.",
        _TABLE_CALL,
        ("name",),
    ),
    RuleKind(
        "stays",
        "Functions that keep their primitives, and why.",
        (paths("path"), functions("functions"), sentence("reason")),
        ("path", "functions"),
        0,
    ),
    RuleKind(
        "stays_definition",
        "Why a function that is itself a primitive keeps the ones in its body.",
        (sentence("reason"),),
        (),
        0,
    ),
    RuleKind(
        "root_marker",
        "Files that together mark the root of a source tree: the nearest folder that holds all of them.",
        (paths("names"),),
        ("names",),
    ),
    RuleKind(
        "include_dir", "A folder in which an #include is looked for.", (path("path"),), ("path",)
    ),
    RuleKind(
        "target_dir",
        "A folder per target: its files see its own headers only.",
        (path("path"),),
        ("path",),
    ),
    RuleKind(
        "target_header",
        "The name of a header that each target has of its own, and that others may include.",
        (word("name", 'the name of a header such as "cpu.h"', HEADER),),
        ("name",),
    ),
    RuleKind("skip_dir", "A folder that is never entered.", (path("path"),), ("path",)),
    RuleKind(
        "cast_macro",
        "A macro whose value is a pointer to the type that an argument names. `allocates` says that it "
        "is to new memory, not what another argument points to.",
        (
            identifier("name"),
            number("type_argument"),
            replace(choice("allocates", "yes", "no"), default="no"),
        ),
        ("name",),
    ),
    RuleKind(
        "checked_cast",
        "A macro whose value is the pointer that it takes, with another type.",
        (identifier("name"),),
        ("name",),
    ),
    RuleKind(
        "declares_cast",
        "A macro that defines such a cast, whose name another argument gives.",
        _DECLARES_CAST,
        ("name",),
    ),
    RuleKind(
        "build_symbol",
        "A symbol of the preprocessor that every build of a system emulator defines, or none does.",
        (identifier("name"), choice("defined", "yes", "no")),
        ("name",),
    ),
    RuleKind(
        "target",
        "A target: the name of its folder, and the symbols that a build for it defines.",
        _TARGET,
        ("name",),
    ),
    RuleKind(
        "target_width",
        "A symbol whose value is the number of bits of the target's long.",
        (identifier("name"),),
        ("name",),
    ),
    RuleKind(
        "interpreter",
        "The functions that save and load a table by its fields' flags.",
        _INTERPRETER,
        (),
        0,
    ),
    RuleKind(
        "info_wire",
        "What a VMStateInfo puts on the wire, where its put function does not show it by itself.",
        (identifier("name"), choice("shape", *_SHAPES)),
        ("name",),
    ),
    RuleKind(
        "table_registration",
        "A function that registers a table: the number of its arguments, and which one is the table.",
        (identifier("name"), number("arguments"), number("table")),
        ("name", "arguments"),
    ),
    RuleKind(
        "pci_capability",
        "A member of a device that a capability in its PCI configuration space tells.",
        _PCI_CAPABILITY,
        ("table", "member"),
    ),
    RuleKind(
        "table_member",
        "A member of a struct that holds the table of a section.",
        (identifier("struct"), identifier("member")),
        ("struct", "member"),
        2,
    ),
    RuleKind(
        "field_macro",
        "The stem of the macros for a table's fields of one type: the type that they check, the wire "
        "that their VMStateInfo has.",
        (identifier("stem"), c_type("c_type"), choice("wire", *WIRES)),
        ("stem",),
    ),
    RuleKind(
        "field_helper",
        "Functions that save and load what a macro for a field of a table does: the first of `macros` "
        "that a tree has, with a field that is a pointer as the functions take one.",
        (identifier("save"), identifier("load"), names("macros", needed=True)),
        ("save", "load"),
        0,
    ),
    RuleKind(
        "struct_macro",
        "A macro of fields with a VMStateInfo as its last argument but one, and the one that takes a "
        "table of the type there.",
        (identifier("name"), identifier("struct")),
        ("name",),
    ),
    RuleKind(
        "stand_in",
        "What a function does in place of the tree's own where states are saved and loaded at random.",
        (identifier("name"), choice("does", *STAND_INS)),
        ("name",),
    ),
    RuleKind(
        "forbid",
        "What the lint finds, and how grave it is if nothing else is configured.",
        _FORBID,
        ("code",),
        0,
    ),
    RuleKind(
        "support_file",
        "A file of support code: its template, and the names that a tree gets by it.",
        _SUPPORT_FILE,
        ("name",),
    ),
    RuleKind(
        "support_edit",
        "An edit that support code needs; the edits of one step are alternatives.",
        _SUPPORT_EDIT,
        ("step", "path", "inside", "anchor", "present", "dialects"),
    ),
)

KINDS: Mapping[str, RuleKind] = MappingProxyType({kind.name: kind for kind in _ALL})
"""Every kind of rule by name."""
