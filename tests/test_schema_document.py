# SPDX-License-Identifier: GPL-2.0-or-later
"""A schema's JSON: nothing is lost, the JSON Schema says the same, and bad input is told."""

from __future__ import annotations

import json
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from rewrite.errors import InputError
from rewrite.schema.document import dump_schema, parse_schema, read_schema, schema_file
from rewrite.schema.expression import (
    Configured,
    Constant,
    Earlier,
    Expression,
    Fact,
    Operation,
    Unread,
    Version,
)
from rewrite.schema.model import (
    Branch,
    Buffer,
    Call,
    Check,
    Choice,
    Description,
    Field,
    Loop,
    Node,
    Opaque,
    Place,
    Schema,
    Section,
    Value,
    Wire,
)

TEXT = st.text(st.characters(exclude_categories=()), max_size=6)
NUMBERS = st.integers(-(2**63), 2**64 - 1)
PLACES = st.builds(Place, TEXT, st.integers(0, 2**31 - 1))
MAYBE_PLACE = st.none() | PLACES


def _operations(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    operators = st.sampled_from(["+", "?:", "!", "<<"])
    return st.builds(Operation, operators, st.lists(inner, max_size=3).map(tuple))


EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(
    st.one_of(
        st.builds(Constant, NUMBERS),
        st.just(Version()),
        st.builds(Earlier, TEXT),
        st.builds(Fact, TEXT, TEXT),
        st.builds(Configured, TEXT),
        st.builds(Unread, TEXT, TEXT),
    ),
    _operations,
    max_leaves=4,
)
ENUMERATORS = st.lists(st.tuples(TEXT, NUMBERS), max_size=2).map(tuple)
VALUES = st.builds(
    Value, TEXT, st.sampled_from(Wire), TEXT, st.booleans(), st.none() | EXPRESSIONS, ENUMERATORS,
    MAYBE_PLACE, MAYBE_PLACE,
)  # fmt: skip
BUFFERS = st.builds(Buffer, TEXT, EXPRESSIONS, st.booleans(), MAYBE_PLACE)
CALLS = st.builds(Call, TEXT, TEXT, st.none() | EXPRESSIONS, MAYBE_PLACE)
OPAQUE = st.builds(Opaque, TEXT, TEXT, st.none() | EXPRESSIONS, MAYBE_PLACE)
CHECKS = st.builds(Check, EXPRESSIONS, MAYBE_PLACE)


def _nested(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    body = st.lists(inner, max_size=3).map(tuple)
    some = st.none() | EXPRESSIONS
    return st.builds(Branch, EXPRESSIONS, body, body, MAYBE_PLACE) | st.builds(
        Loop, TEXT, body, some, some, body, MAYBE_PLACE
    )


NODES: st.SearchStrategy[Node] = st.recursive(
    st.one_of(VALUES, BUFFERS, CALLS, OPAQUE, CHECKS), _nested, max_leaves=4
)
TREES = st.lists(NODES, max_size=3).map(tuple)


@st.composite
def table_fields(draw: st.DrawFn) -> Field:
    """Also those whose contents their other members say already, which have a short form."""
    name, ctype, symbol = draw(TEXT), draw(TEXT), draw(TEXT)
    plain = st.builds(
        Value, st.just(name), st.sampled_from(Wire), st.just(ctype), st.booleans(),
        declared=MAYBE_PLACE,
    )  # fmt: skip
    buffer = st.builds(Buffer, st.just(name), EXPRESSIONS, st.booleans())
    short = st.one_of(plain, buffer, st.just(Call(symbol, name))).map(lambda node: (node,))
    return Field(
        name, draw(short | TREES), draw(EXPRESSIONS), draw(NUMBERS), draw(TEXT), draw(TEXT),
        draw(st.sampled_from(["", symbol])), ctype, draw(TEXT),
        tuple(draw(st.lists(TEXT, max_size=2))), draw(MAYBE_PLACE),
    )  # fmt: skip


TEXTS = st.lists(TEXT, max_size=2).map(tuple)
DESCRIPTIONS = st.builds(
    Description, TEXT, TEXT, PLACES, NUMBERS, NUMBERS,
    st.lists(table_fields(), max_size=3).map(tuple), TEXTS, TEXT, st.booleans(), TEXT,
)  # fmt: skip
SECTIONS = st.builds(
    Section, TEXT, PLACES, st.none() | NUMBERS, TEXT, TREES, TREES, TEXT, TEXT
)  # fmt: skip
SCHEMAS = st.builds(
    Schema, TEXT, st.lists(SECTIONS, max_size=2).map(tuple),
    st.lists(DESCRIPTIONS, max_size=2).map(tuple),
)  # fmt: skip

LAMP = Schema(
    "lamps",
    (Section("lamp", Place("hw/lamp.c", 40), 2, "vmstate_lamp"),),
    (
        Description(
            "lamp",
            "vmstate_lamp",
            Place("hw/lamp.c", 12),
            2,
            1,
            (
                Field(
                    "watts",
                    (Value("watts", Wire.BE32, "uint32_t"),),
                    info="info_uint32",
                    type="uint32_t",
                ),
                Field("spare", (Buffer("spare", Constant(4), padding=True),)),
                Field("bulb", (Call("vmstate_bulb", "bulb"),), description="vmstate_bulb"),
                Field("odd", (Opaque("put_odd", "its function is not found"),), version_id=2),
            ),
        ),
    ),
)


@cache
def validator() -> Draft202012Validator:
    schema = json.loads(schema_file().read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@settings(
    deadline=None, max_examples=150, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(SCHEMAS)
def test_nothing_is_lost(schema: Schema) -> None:
    text = dump_schema(schema)
    assert text.isascii()
    assert parse_schema(text, "x.json") == schema
    assert dump_schema(parse_schema(text, "x.json")) == text
    validator().validate(json.loads(text))


def test_a_field_says_its_wire_or_its_description() -> None:
    document = json.loads(dump_schema(LAMP))
    (description,) = document["descriptions"]
    watts, spare, bulb, odd = description["fields"]
    assert watts == {
        "name": "watts", "wire": "be32", "count": 1, "version_id": 0, "info": "info_uint32",
        "type": "uint32_t",
    }  # fmt: skip
    assert spare == {"name": "spare", "wire": "padding", "size": 4, "count": 1, "version_id": 0}
    assert (bulb["description"], "wire" in bulb) == ("vmstate_bulb", False)
    assert odd["wire"] == "contents"
    assert odd["contents"] == [
        {"kind": "opaque", "text": "put_odd", "reason": "its function is not found"}
    ]
    needed = ("name", "symbol", "path", "line", "version_id", "minimum_version_id", "fields")
    assert {*needed, "subsections"} <= description.keys()
    (section,) = document["sections"]
    assert {"idstr", "version_id", "path", "line", "save", "load"} <= section.keys()


@pytest.mark.parametrize("made", [Value, Buffer, Loop, Branch, Check, Call, Opaque, Choice])
def test_the_json_schema_knows_every_member_of_a_node(made: type[Any]) -> None:
    definition = json.loads(schema_file().read_text())["$defs"][made.__name__.lower()]
    assert definition["properties"].keys() == {"kind", *(f.name for f in fields(made))}


@cache
def _damages() -> list[tuple[str, str]]:
    """Documents that are no schema, each with a part of what is told."""
    good = json.loads(dump_schema(LAMP))

    def with_field(**members: object) -> str:
        found = json.loads(json.dumps(good))
        found["descriptions"][0]["fields"][0].update(members)
        return json.dumps(found)

    def without(*path: str | int) -> str:
        found = inner = json.loads(json.dumps(good))
        for step in path[:-1]:
            inner = inner[step]
        del inner[path[-1]]
        return json.dumps(found)

    field = "descriptions[0].fields[0]"
    return [
        ("[]", "the document: expected an object"),
        ("3", "the document: expected an object"),
        (json.dumps({**good, "format": 2}), "format: expected 1"),
        (json.dumps({**good, "format": True}), "format: expected 1"),
        (json.dumps({**good, "extra": 2}), "unknown member extra"),
        (json.dumps({**good, "root": None}), "root: expected a string"),
        (json.dumps({**good, "sections": {}}), "sections: expected an array"),
        (json.dumps({**good, "sections": [3]}), "sections[0]: expected an object"),
        (without("descriptions"), "expected a member descriptions"),
        (without("descriptions", 0, "fields"), "descriptions[0]: expected a member fields"),
        (without("descriptions", 0, "line"), "descriptions[0]: expected a member line"),
        (without("descriptions", 0, "fields", 0, "wire"), "expected a wire or a description"),
        (without("descriptions", 0, "fields", 1, "size"), "expected a member size"),
        (without("descriptions", 0, "fields", 3, "contents"), "expected a member contents"),
        (with_field(wire="be24"), f"{field}.contents[0].wire: expected one of byte"),
        (with_field(wire=["be32"]), f"{field}.contents[0].wire: expected one of byte"),
        (with_field(wires="be32"), f"{field}: unknown member wires"),
        (with_field(contents=[]), f"{field}: expected contents only where"),
        (with_field(signed="yes"), "signed: expected true or false"),
        (with_field(version_id=1.5), f"{field}.version_id: expected an integer"),
        (with_field(version_id=True), f"{field}.version_id: expected an integer"),
        (with_field(count=2**64), f"{field}.count: expected an integer"),
        (with_field(count={"kind": "constant", "value": 3}), f"{field}.count: expected a kind"),
        (with_field(count={"kind": ["version"]}), f"{field}.count: expected a kind"),
        (with_field(count={"kind": "earlier"}), f"{field}.count: expected a member name"),
        (with_field(place="nowhere"), f"{field}.place: expected a place"),
        (with_field(place="x.c:99999999999"), f"{field}.place: expected a place"),
        (with_field(place="x.c:\u0663"), f"{field}.place: expected a place"),
        (with_field(flags="VMS"), f"{field}.flags: expected an array"),
        (with_field(wire="contents", contents=[{"kind": "valve"}]), "expected a kind"),
    ]


@pytest.mark.parametrize("number", range(len(_damages())))
def test_what_is_no_schema_is_told_with_its_place(number: int) -> None:
    text, message = _damages()[number]
    with pytest.raises(InputError) as caught:
        parse_schema(text, "old.json")
    assert str(caught.value).startswith("old.json: error: not a schema: ")
    assert message in str(caught.value)
    if "99999999999" not in text and "u0663" not in text:
        assert list(validator().iter_errors(json.loads(text)))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"format": 1,', "old.json:1:14: error: not JSON"),
        (b'{\n"format": 1,\n oops}', "old.json:3:2: error: not JSON"),
        (b"", "old.json:1:1: error: not JSON"),
        (b"\xff\xfe\xfa", "old.json: error: not JSON"),
        (b"[" * 200_000, "old.json: error: not a schema: it nests too deep"),
        (b'{"format": ' + b"9" * 20_000 + b"}", "old.json: error: not JSON"),
        (b'{"format": 1e999}', "old.json: error: not a schema: format"),
        (b'{"format": NaN}', "old.json: error: not a schema: format"),
    ],
)
def test_what_is_no_json_is_told_with_its_place(data: bytes, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_schema(data, "old.json")
    assert str(caught.value).startswith(message)


def test_deep_trees_are_told(tmp_path: Path) -> None:
    deep = '{"kind": "branch", "condition": 1, "then": [' * 400
    text = (
        f'{{"idstr": "a", "path": "b", "line": 1, "version_id": 1, "save": [{deep}{"]}" * 400}]}}'
    )
    path = tmp_path / "deep.json"
    path.write_text(f'{{"format": 1, "root": "", "sections": [{text}], "descriptions": []}}')
    with pytest.raises(InputError, match="it nests too deep"):
        read_schema(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read: No such file"):
        read_schema(tmp_path / "none.json")
