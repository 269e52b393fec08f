# SPDX-License-Identifier: GPL-2.0-or-later
"""What may stand in a rule file: the kinds of rules, their fields, and what each field takes.

The loader checks against this table, the formatter orders and the editor inserts by it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

SCHEMA_VERSION = 1
"""The schema that this table describes. Schema 0 had no `schema()` and `type=` for `c_type=`."""

Value = str | int | tuple[str, ...] | tuple[int, ...]
"""A field's value once it is checked; what may be one or several is always a tuple."""

Check = Callable[[object], Value | None]
"""Takes a literal, gives the field's value, or None where the literal is not what was expected."""

WIRES = ("byte", "be16", "be32", "be64", "target_long", "target_register", "buffer")
"""What a primitive puts on the wire; the two target types are as wide as the target makes them."""

ROLES = ("visitor", "object", "name", "errp")
"""The roles of a visit's parameters."""

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)
_GLOB = re.compile(r"[\w*?]+\Z", re.ASCII)
_C_TYPE = re.compile(r"[A-Za-z_]\w*( [A-Za-z_]\w*)*( ?\*+)?\Z", re.ASCII)
_PATH = re.compile(r"(?!/)[\w.*?/+-]+\Z", re.ASCII)
_CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
_ERA = re.compile(r"[A-Za-z0-9]+([.-][A-Za-z0-9]+)*\Z")
_SENTENCE = re.compile(r"\S(.*\S)?\Z")

_EXACT = "names are exact, a regular expression is no rule"
_RELATIVE = "a path is relative to the root of the tree, with `*` and `?` as in a shell"


@dataclass(frozen=True)
class Field:
    """One argument of a rule: its name, what it takes (in words and as a check).

    `default` stands where the argument is left out; None says that it must be given. `hint` is
    added to the error about a wrong value.
    """

    name: str
    expected: str
    check: Check
    default: Value | None = None
    hint: str = ""


@dataclass(frozen=True)
class Kind:
    """One kind of rule: its fields in canonical order, `positional` of them without a keyword.

    `meaning` says in a sentence what a rule of it states.

    Two rules of a kind that have the same values in the fields of `key` are the same rule: an error
    within one directory, a replacement in a later one.
    """

    name: str
    meaning: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    positional: int = 1


def _matching(pattern: re.Pattern[str]) -> Check:
    return lambda value: value if isinstance(value, str) and pattern.match(value) else None


def _index(value: object) -> int | None:
    """The place of an argument: no C compiler need take more than 127 of them (C99 5.2.4.1)."""
    return value if type(value) is int and 0 <= value <= 127 else None


def _several(check: Check, minimum: int = 1) -> Check:
    """Takes different values that `check` takes, in a tuple; a single one stands for itself."""

    def read(value: object) -> Value | None:
        items = value if isinstance(value, tuple) else (value,)
        found = tuple(check(item) for item in items)
        wrong = None in found or len(found) < minimum or len(set(found)) < len(found)
        return None if wrong else found  # type: ignore[return-value]

    return read


def _roles(value: object) -> Value | None:
    right = isinstance(value, tuple) and sorted(map(str, value)) == sorted(ROLES)
    return value if right else None  # type: ignore[return-value]


def _choice(name: str, *options: str) -> Field:
    words = "one of " + ", ".join(f'"{option}"' for option in options)
    return Field(name, words, lambda v: v if isinstance(v, str) and v in options else None)


def _identifier(name: str) -> Field:
    return Field(name, "a C identifier", _matching(_IDENTIFIER), hint=_EXACT)


def _members(name: str) -> Field:
    words = "the name of a member, or a tuple of different ones"
    return Field(name, words, _several(_matching(_IDENTIFIER), 0), (), _EXACT)


def _c_type(name: str) -> Field:
    return Field(name, 'a C type such as "unsigned int"', _matching(_C_TYPE))


def _path(name: str) -> Field:
    return Field(name, "a relative path", _matching(_PATH), hint=_RELATIVE)


def _paths(name: str) -> Field:
    words = "a relative path, or a tuple of different ones"
    return Field(name, words, _several(_matching(_PATH)), hint=_RELATIVE)


def _functions(name: str) -> Field:
    words = "the name of a function, or a tuple of different ones"
    hint = "names are exact but for `*` and `?` as in a shell"
    return Field(name, words, _several(_matching(_GLOB)), hint=hint)


def _number(name: str) -> Field:
    return Field(name, "a number from 0", _index)


def _version(name: str) -> Field:
    return Field(name, "a number from 1", lambda value: _index(value) or None)


def _numbers(name: str) -> Field:
    words = "the number of an argument, counted from 0, or a tuple of different ones"
    return Field(name, words, _several(_index))


def _optional_number(name: str) -> Field:
    """The number of an argument as a tuple of it, empty where there is none."""
    check = _several(_index, 0)
    words = "the number of an argument, counted from 0"
    return Field(name, words, lambda v: None if isinstance(v, tuple) and v[1:] else check(v), ())


def _sentence(name: str) -> Field:
    return Field(name, "a sentence on one line", _matching(_SENTENCE))


def _text(name: str) -> Field:
    return Field(name, "a text", lambda value: value if isinstance(value, str) else None, "")


def _anchor(name: str) -> Field:
    words = "a part of a line, each run of white space one space"
    return Field(name, words, lambda v: v if isinstance(v, str) and v.split() else None, "")


def _names(name: str, *, needed: bool = False) -> Field:
    words = "a C identifier, or a tuple of different ones"
    check = _several(_matching(_IDENTIFIER), int(needed))
    return Field(name, words, check, None if needed else (), _EXACT)


def _word(name: str, expected: str, pattern: re.Pattern[str]) -> Field:
    return Field(name, expected, _matching(pattern))


def _wires() -> Field:
    choice = _choice("wire", *WIRES)
    return Field("wire", f"a tuple, each {choice.expected}", _several(choice.check))


_PRIMITIVE = (
    _identifier("name"),
    _choice("direction", "put", "get"),
    _choice("wire", *WIRES),
    _choice("operand", "value", "pointer", "result", "buffer"),
    _c_type("c_type"),
    _identifier("visit"),
)
_VISIT = (
    _identifier("name"),
    _identifier("function"),
    _identifier("rfc"),
    _c_type("c_type"),
    _wires(),
)
_DIALECT = (
    _word("name", 'the name of an era such as "pre-1.2"', _ERA),
    _sentence("trees"),
    Field("order", "visitor, object, name and errp in a tuple, each once", _roles),
    _choice("returns", "void", "bool"),
    _choice("error", "errp", "local_err"),
    _choice("spelling", "visit", "rfc"),
    _choice("recognise", "declaration", "absent", "never"),
)
_FORBID = (
    _word("code", 'a code such as "new-primitive"', _CODE),
    _sentence("message"),
    _sentence("hint"),
    replace(_choice("severity", "error", "warning", "note", "off"), default="warning"),
)
_ERAS = Field(
    "dialects",
    'the name of an era such as "5.1", or a tuple of different ones',
    _several(_matching(_ERA), 0),
    (),
)
_SUPPORT_FILE = (
    _identifier("name"),
    _path("path"),
    _path("template"),
    _names("provides", needed=True),
    _ERAS,
    _names("present"),
    _names("absent"),
)
_SUPPORT_EDIT = (
    _word("step", 'a step such as "build"', _CODE),
    replace(_paths("path"), default=()),
    replace(_identifier("declares"), default=""),
    _anchor("inside"),
    _anchor("anchor"),
    _choice("place", "before", "after", "end", "there"),
    _text("text"),
    _names("provides", needed=True),
    _ERAS,
    _names("present"),
    _names("absent"),
    replace(_choice("required", "yes", "no"), default="yes"),
)
_REGISTRATION = (
    _identifier("name"),
    _number("arguments"),
    replace(_numbers("save"), check=_several(_index, 0), default=()),
    replace(_numbers("load"), check=_several(_index, 0), default=()),
    _optional_number("idstr"),
    _optional_number("version"),
    _optional_number("handlers"),
)
_INITIALISER = (
    _identifier("name"),
    _members("save"),
    _members("load"),
    replace(_choice("in_tables", "yes", "no"), default="no"),
)
_TABLE_CALL = (
    _identifier("name"),
    _number("description"),
    _number("object"),
    _optional_number("version"),
)
_PCI_CAPABILITY = (
    _identifier("table"),
    _identifier("buffer"),
    _identifier("member"),
    *(_number(name) for name in ("capability", "offset", "bits", "add")),
    _identifier("flags"),
    _number("bit"),
)
_DECLARES_CAST = (_identifier("name"), _number("type_argument"), _number("name_argument"))

_TARGET = (
    _identifier("name"),
    _path("folder"),
    _names("symbols", needed=True),
)
_INTERPRETER = (
    _names("save", needed=True),
    _names("load", needed=True),
    _names("both"),
    _names("null_marker"),
    _identifier("marker"),
    _identifier("subsections"),
)
_STAND_INS = ["allocate", "free", "first_argument", "error", "set_error", "peek", "nothing", "zero"]
_SHAPES = ("buffer", "padding", "bitmap", "description", "list", "tree")

_ALL = (
    Kind(
        "schema",
        "The version of this table that the file is written for; it comes first.",
        (_version("version"),),
        ("version",),
    ),
    Kind(
        "primitive",
        "A call that moves one value between a handler and the stream, and how its operand travels.",
        _PRIMITIVE,
        ("name",),
    ),
    Kind(
        "visit",
        "A visit: its object's type, the widths it stands for, and as `rfc` the mail's name for it.",
        _VISIT,
        ("name",),
    ),
    Kind(
        "exact",
        "A type's spelling that is a fixed-width type on every host and target.",
        (_c_type("spelling"), _c_type("fixed")),
        ("spelling",),
        2,
    ),
    Kind(
        "header",
        "A header in which a tree declares its visits; the first that there is tells the dialect.",
        (_path("path"),),
        ("path",),
    ),
    Kind("dialect", "An era of the Visitor API, and how it is recognised.", _DIALECT, ("name",)),
    Kind(
        "registration",
        "A function that registers handlers: the number of its arguments, which of them save and load or "
        "point to the `handlers`, and which say the section's name and version.",
        _REGISTRATION,
        ("name", "arguments"),
    ),
    Kind(
        "initialiser",
        "A struct whose members are handlers; members at one place of `save` and `load` are a pair. "
        "`in_tables` says that tables name it, so that it makes no section.",
        _INITIALISER,
        ("name",),
    ),
    Kind(
        "stream_type",
        "The type of a stream, which a pointer to is passed to handlers.",
        (_identifier("name"),),
        ("name",),
    ),
    Kind(
        "once_macro",
        "A macro that heads a block which runs once, such as one that holds a lock meanwhile.",
        (_identifier("name"),),
        ("name",),
    ),
    Kind(
        "table_call",
        "A function that saves or loads what a table describes: which arguments are the table, the "
        "object, and the version.",
        _TABLE_CALL,
        ("name",),
    ),
    Kind(
        "stays",
        "Functions that keep their primitives, and why.",
        (_paths("path"), _functions("functions"), _sentence("reason")),
        ("path", "functions"),
        0,
    ),
    Kind(
        "stays_definition",
        "Why a function that is itself a primitive keeps the ones in its body.",
        (_sentence("reason"),),
        (),
        0,
    ),
    Kind(
        "root_marker",
        "Files that together mark the root of a source tree: the nearest folder that holds all of them.",
        (_paths("names"),),
        ("names",),
    ),
    Kind(
        "include_dir", "A folder in which an #include is looked for.", (_path("path"),), ("path",)
    ),
    Kind(
        "target_dir",
        "A folder per target: its files see its own headers only.",
        (_path("path"),),
        ("path",),
    ),
    Kind("skip_dir", "A folder that is never entered.", (_path("path"),), ("path",)),
    Kind(
        "cast_macro",
        "A macro whose value is a pointer to the type that an argument names.",
        (_identifier("name"), _number("type_argument")),
        ("name",),
    ),
    Kind(
        "checked_cast",
        "A macro whose value is the pointer that it takes, with another type.",
        (_identifier("name"),),
        ("name",),
    ),
    Kind(
        "declares_cast",
        "A macro that defines such a cast, whose name another argument gives.",
        _DECLARES_CAST,
        ("name",),
    ),
    Kind(
        "build_symbol",
        "A symbol of the preprocessor that every build of a system emulator defines, or none does.",
        (_identifier("name"), _choice("defined", "yes", "no")),
        ("name",),
    ),
    Kind(
        "target",
        "A target: the name of its folder, and the symbols that a build for it defines.",
        _TARGET,
        ("name",),
    ),
    Kind(
        "target_width",
        "A symbol whose value is the number of bits of the target's long.",
        (_identifier("name"),),
        ("name",),
    ),
    Kind(
        "interpreter",
        "The functions that save and load a table by its fields' flags.",
        _INTERPRETER,
        (),
        0,
    ),
    Kind(
        "info_wire",
        "What a VMStateInfo puts on the wire, where its put function does not show it by itself.",
        (_identifier("name"), _choice("shape", *_SHAPES)),
        ("name",),
    ),
    Kind(
        "table_registration",
        "A function that registers a table: the number of its arguments, and which one is the table.",
        (_identifier("name"), _number("arguments"), _number("table")),
        ("name", "arguments"),
    ),
    Kind(
        "pci_capability",
        "A member of a device that a capability in its PCI configuration space tells.",
        _PCI_CAPABILITY,
        ("table", "member"),
    ),
    Kind(
        "table_member",
        "A member of a struct that holds the table of a section.",
        (_identifier("struct"), _identifier("member")),
        ("struct", "member"),
        2,
    ),
    Kind(
        "field_macro",
        "The stem of the macros for a table's fields of one type: the type that they check, the wire "
        "that their VMStateInfo has.",
        (_identifier("stem"), _c_type("c_type"), _choice("wire", *WIRES)),
        ("stem",),
    ),
    Kind(
        "field_helper",
        "Functions that save and load what a macro for a field of a table does: the first of `macros` "
        "that a tree has, with a field that is a pointer as the functions take one.",
        (_identifier("save"), _identifier("load"), _names("macros", needed=True)),
        ("save", "load"),
        0,
    ),
    Kind(
        "struct_macro",
        "A macro of fields with a VMStateInfo as its last argument but one, and the one that takes a "
        "table of the type there.",
        (_identifier("name"), _identifier("struct")),
        ("name",),
    ),
    Kind(
        "stand_in",
        "What a function does in place of the tree's own where states are saved and loaded at random.",
        (_identifier("name"), _choice("does", *_STAND_INS)),
        ("name",),
    ),
    Kind(
        "forbid",
        "What the lint finds, and how grave it is if nothing else is configured.",
        _FORBID,
        ("code",),
        0,
    ),
    Kind(
        "support_file",
        "A file of support code: its template, and the names that a tree gets by it.",
        _SUPPORT_FILE,
        ("name", "path"),
    ),
    Kind(
        "support_edit",
        "An edit that support code needs; the edits of one step are alternatives.",
        _SUPPORT_EDIT,
        ("step", "path", "inside", "anchor", "present", "dialects"),
    ),
)

KINDS: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in _ALL})
"""Every kind of rule by name."""
