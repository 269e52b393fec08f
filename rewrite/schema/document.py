# SPDX-License-Identifier: GPL-2.0-or-later
"""A schema as a JSON document, and back: nothing is lost, and one schema has one text.

The members of an object are the attributes of its class in `model` and `expression`, less those
that have their default; nodes and expressions say in `kind` which class they are. A constant is a
number, a place is "path:line". `document.schema.json` beside this file says the same as JSON Schema.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import types
import typing
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ..errors import InputError
from . import expression, model
from .expression import Configured, Constant
from .model import (
    Branch,
    Buffer,
    Call,
    Capability,
    ClassSetup,
    Description,
    Field,
    Node,
    Place,
    Schema,
    Section,
    Value,
    Wire,
)

FORMAT = 1
"""The version of the document. A reader of another version is told so and reads nothing."""

_LEAST, _MOST = -(1 << 63), (1 << 64) - 1
_LINES = (1 << 31) - 1


class _WrongDocumentError(Exception):
    """What is wrong with a document, and where in it."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(f"{where or 'the document'}: {message}")


@dataclasses.dataclass(frozen=True)
class _Codec:
    """How values of one type are written and read; `read` takes the JSON and where it stands."""

    write: Callable[[Any], Any]
    read: Callable[[Any, str], Any]


def schema_file() -> Path:
    """The JSON Schema that every document follows."""
    return Path(__file__).with_name("document.schema.json")


def dump_schema(schema: Schema) -> str:
    """The document of a schema, ASCII only, ending in a line end."""
    whole = {
        "format": FORMAT,
        "root": schema.root,
        "sections": [_write_section(s) for s in schema.sections],
        "descriptions": [_write_description(d) for d in schema.descriptions],
        "classes": [_write_members(c) for c in schema.classes],
        "capabilities": [_write_members(c) for c in schema.capabilities],
    }
    return json.dumps(whole, indent=1) + "\n"


def parse_schema(text: str | bytes, path: str) -> Schema:
    """The schema of a document. Raises InputError, with the place in `path`, where it is none."""
    try:
        return _read_document(json.loads(text))
    except json.JSONDecodeError as error:
        place = f"{path}:{error.lineno}:{error.colno}"
        raise InputError(place, f"not JSON: {error.msg}") from error
    except RecursionError as error:
        raise InputError(path, "not a schema: it nests too deep") from error
    except _WrongDocumentError as error:
        raise InputError(path, f"not a schema: {error}") from error
    except ValueError as error:  # no UTF-8, or a number of thousands of digits
        raise InputError(path, f"not JSON: {error}") from error


def read_schema(path: Path) -> Schema:
    """The schema in a file. Raises InputError where it can't be read or is none."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(str(path), f"cannot read: {error.strerror}") from error
    return parse_schema(data, str(path))


def _read_document(json_value: Any) -> Schema:
    found = _read_object(json_value, "")
    version = found.get("format")
    if type(version) is not int or version != FORMAT:
        raise _WrongDocumentError(
            "format", f"expected {FORMAT}, the only one that this version reads"
        )
    _refuse_unknown(
        found, {"format", "root", "sections", "descriptions", "classes", "capabilities"}, ""
    )
    return Schema(
        _read_string(_read_member(found, "root", ""), "root"),
        _tuple_of(_Codec(_write_section, _read_section)).read(
            _read_member(found, "sections", ""), "sections"
        ),
        _tuple_of(_Codec(_write_description, _read_description)).read(
            _read_member(found, "descriptions", ""), "descriptions"
        ),
        _tuple_of(_plain_codec(ClassSetup)).read(found.get("classes", []), "classes"),
        _tuple_of(_plain_codec(Capability)).read(found.get("capabilities", []), "capabilities"),
    )


# Checks of one JSON value.


def _make_error(where: str, what: str) -> _WrongDocumentError:
    return _WrongDocumentError(where, f"expected {what}")


def _read_object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _make_error(where, "an object")
    return value


def _read_member(found: Mapping[str, Any], name: str, where: str) -> Any:
    if name not in found:
        raise _WrongDocumentError(where, f"expected a member {name}")
    return found[name]


def _refuse_unknown(found: Mapping[str, Any], known: set[str], where: str) -> None:
    for name in found.keys() - known:
        raise _WrongDocumentError(where, f"unknown member {name}")


def _read_string(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise _make_error(where, "a string")
    return value


def _read_integer(value: Any, where: str, least: int = _LEAST, most: int = _MOST) -> int:
    if type(value) is not int or not least <= value <= most:
        raise _make_error(where, f"an integer from {least} to {most}")
    return value


def _read_boolean(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise _make_error(where, "true or false")
    return value


def _keep_value(value: Any) -> Any:
    return value


# Types of attributes.


def _tuple_of(item: _Codec) -> _Codec:
    def read(value: Any, where: str) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise _make_error(where, "an array")
        return tuple(item.read(v, f"{where}[{i}]") for i, v in enumerate(value))

    return _Codec(lambda values: [item.write(v) for v in values], read)


def _pair_of(first: _Codec, second: _Codec) -> _Codec:
    def read(value: Any, where: str) -> tuple[Any, Any]:
        if not isinstance(value, list) or len(value) != 2:
            raise _make_error(where, "an array of two")
        return first.read(value[0], f"{where}[0]"), second.read(value[1], f"{where}[1]")

    return _Codec(lambda pair: [first.write(pair[0]), second.write(pair[1])], read)


def _optional_codec(some: _Codec) -> _Codec:
    return _Codec(
        lambda value: None if value is None else some.write(value),
        lambda value, where: None if value is None else some.read(value, where),
    )


def _read_place(value: Any, where: str) -> Place:
    path, colon, line = _read_string(value, where).rpartition(":")
    if not colon or not line.isascii() or not line.isdigit() or len(line) > 10:
        raise _make_error(where, 'a place such as "hw/net/nic.c:12"')
    return Place(path, _read_integer(int(line), where, 0, _LINES))


def _enum_of(made: type[enum.Enum]) -> _Codec:
    options = {str(m.value): m for m in made}

    def read(value: Any, where: str) -> enum.Enum:
        if not isinstance(value, str) or value not in options:
            raise _make_error(where, "one of " + ", ".join(options))
        return options[value]

    return _Codec(lambda member: member.value, read)


def _kind_of(made: type) -> str:
    return made.__name__.lower()


def _union_of(members: tuple[type, ...]) -> _Codec:
    """Of nodes, or of expressions: the one that `kind` names."""
    kinds = {_kind_of(m): m for m in members}

    def write(value: Any) -> Any:
        if isinstance(value, Constant):
            return value.value
        made = next(member for member in members if isinstance(value, member))
        plain = made(**{name: getattr(value, name) for name in _hints_of(made)})
        return {"kind": _kind_of(made), **_write_members(plain)}

    def read(value: Any, where: str) -> Any:
        if type(value) is int and Constant in members:
            return Constant(_read_integer(value, where))
        found = _read_object(value, where)
        kind = found.get("kind")
        if not isinstance(kind, str) or kind not in kinds or kinds[kind] is Constant:
            raise _WrongDocumentError(where, "expected a kind: " + ", ".join(kinds))
        return _read_members(kinds[kind], found, where, {"kind"})

    return _Codec(write, read)


@cache
def _codec_of(hint: Any) -> _Codec:
    """How an attribute of that type hint is written and read."""
    simple = {
        str: _Codec(_keep_value, _read_string),
        int: _Codec(_keep_value, _read_integer),
        bool: _Codec(_keep_value, _read_boolean),
        Place: _Codec(lambda place: f"{place.path}:{place.line}", _read_place),
        Wire: _enum_of(Wire),
        Field: _Codec(_write_field, _read_field),
    }
    if hint in simple:
        return simple[hint]
    arguments = typing.get_args(hint)
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        left = tuple(a for a in arguments if a is not type(None))
        made = _codec_of(left[0]) if len(left) == 1 else _union_of(left)
        return _optional_codec(made) if len(left) < len(arguments) else made
    if arguments[1:] == (...,):
        return _tuple_of(_codec_of(arguments[0]))
    return _pair_of(_codec_of(arguments[0]), _codec_of(arguments[1]))


@cache
def _hints_of(made: Any) -> dict[str, Any]:
    return typing.get_type_hints(made, {**vars(expression), **vars(model)})


def _write_members(value: Any, keep: tuple[str, ...] = ()) -> dict[str, Any]:
    """The attributes that have not their default, and those to `keep`."""
    made: Any = type(value)
    hints = _hints_of(made)
    written = {}
    for field in dataclasses.fields(value):
        own = getattr(value, field.name)
        if field.name in keep or field.default is dataclasses.MISSING or own != field.default:
            written[field.name] = _codec_of(hints[field.name]).write(own)
    return written


def _read_members(made: Any, found: Mapping[str, Any], where: str, other: set[str]) -> Any:
    """An object of a class from its members; `other` members are read by the caller."""
    hints = _hints_of(made)
    values = {}
    for field in dataclasses.fields(made):
        if field.name in found:
            inner = f"{where}.{field.name}"
            values[field.name] = _codec_of(hints[field.name]).read(found[field.name], inner)
        elif field.default is dataclasses.MISSING:
            raise _WrongDocumentError(where, f"expected a member {field.name}")
    _refuse_unknown(found, {*hints, *other}, where)
    return made(**values)


# Fields, descriptions and sections, whose form is for people too.


def _write_field(field: Field) -> dict[str, Any]:
    """`wire` or `description` in place of contents that they say all of.

    `configured` is the condition of the build that all of the contents are under.
    """
    written = _write_members(field, ("count", "version_id"))
    contents = written.pop("contents")
    short = _short_form(field, field.contents)
    match field.contents:
        case (Branch(Configured(text), then, otherwise=(), place=None),) if short is None:
            inner = _short_form(field, then)
            short = None if inner is None else {**inner, "configured": text}
    if short is None:
        short = {"wire": "contents", "contents": contents}
    return {"name": written.pop("name"), **short, **written}


def _short_form(field: Field, contents: tuple[Node, ...]) -> dict[str, Any] | None:
    """What stands for the contents, None where they need to be written out."""
    match contents:
        case (Value(constant=None, enumerators=(), place=None) as value,) if (
            value.name == field.name and value.type == field.type
        ):
            short: dict[str, Any] = {"wire": value.wire.value}
            if value.signed:
                short["signed"] = True
            if value.declared is not None:
                short["declared"] = _codec_of(Place).write(value.declared)
            return short
        case (Buffer(place=None) as buffer,) if buffer.name == field.name:
            size = _codec_of(expression.Expression).write(buffer.size)
            return {"wire": "padding" if buffer.padding else "buffer", "size": size}
        case (Call(version=None, place=None) as call,) if (
            call.name == field.name and call.symbol == field.description != ""
        ):
            return {}
    return None


def _read_contents(found: dict[str, Any], where: str) -> Any:
    """The JSON of `contents`, written out where the field has a short form of it."""
    if "configured" not in found:
        return _read_short_form(found, where)
    condition = {"kind": "configured", "text": found.pop("configured")}
    inner = _read_short_form(found, where)
    return [{"kind": "branch", "condition": condition, "then": inner}]


def _read_short_form(found: dict[str, Any], where: str) -> Any:
    name, wire = found.get("name"), found.pop("wire", None)
    described = found.get("description", "")
    if wire == "contents":
        return _read_member(found, "contents", where)
    if "contents" in found:
        raise _WrongDocumentError(where, "expected contents only where wire says so")
    if wire is None:
        if described == "":
            raise _WrongDocumentError(where, "expected a wire or a description")
        return [{"kind": "call", "symbol": described, "name": name}]
    if wire in ("buffer", "padding"):
        size = {"size": _read_member(found, "size", where)}
        del found["size"]
        return [{"kind": "buffer", "name": name, "padding": wire == "padding", **size}]
    value = {"kind": "value", "name": name, "wire": wire, "type": found.get("type", "")}
    for member in ("signed", "declared"):
        if member in found:
            value[member] = found.pop(member)
    return [value]


def _read_field(value: Any, where: str) -> Field:
    found = dict(_read_object(value, where))
    found["contents"] = _read_contents(found, where)
    made: Field = _read_members(Field, found, where, set())
    return made


def _write_description(description: Description) -> dict[str, Any]:
    written = _write_members(description, ("fields", "subsections"))
    del written["place"]
    fields = written.pop("fields")
    return {
        "name": written.pop("name"),
        "symbol": written.pop("symbol"),
        "path": description.place.path,
        "line": description.place.line,
        **written,
        "fields": fields,
    }


def _take_place(found: dict[str, Any], where: str) -> None:
    """Put `path` and `line` together to the `place` that the class has."""
    path = _read_string(_read_member(found, "path", where), f"{where}.path")
    line = _read_integer(_read_member(found, "line", where), f"{where}.line", 0, _LINES)
    del found["path"], found["line"]
    if "place" in found:
        raise _WrongDocumentError(where, "unknown member place")
    found["place"] = f"{path}:{line}"


def _read_description(value: Any, where: str) -> Description:
    found = dict(_read_object(value, where))
    _take_place(found, where)
    _read_member(found, "fields", where)
    made: Description = _read_members(Description, found, where, set())
    return made


def _write_section(section: Section) -> dict[str, Any]:
    written = _write_members(section, ("save", "load"))
    del written["place"]
    place = {"path": section.place.path, "line": section.place.line}
    return {"idstr": written.pop("idstr"), **place, **written}


def _read_section(value: Any, where: str) -> Section:
    found = dict(_read_object(value, where))
    _take_place(found, where)
    made: Section = _read_members(Section, found, where, set())
    return made


def _plain_codec(made: type) -> _Codec:
    """How objects of a class are written and read that have nothing but their members."""
    return _Codec(
        _write_members,
        lambda value, where: _read_members(made, _read_object(value, where), where, set()),
    )
