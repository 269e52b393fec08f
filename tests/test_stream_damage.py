# SPDX-License-Identifier: GPL-2.0-or-later
"""Damaged streams: the section and the field that are told, whatever was done to them where."""

from __future__ import annotations

import json
import random
import re

import pytest
from generated_streams import be, counted, full, schema, section, stream, subsection, table, value

from rewrite.schema.expression import Constant, Earlier
from rewrite.schema.model import Field, Loop, Place, Schema, Section, Wire
from rewrite.streams.decode import decode_stream
from rewrite.streams.parts import StreamProblem

HERE = Place("hw/made.c", 1)
NODES = (
    value("id"),
    *(value(name, Wire.BE16) for name in "abcdef"),
    value("on", Wire.BYTE, type="bool"),
    value("n", Wire.BYTE),
    Loop("q", (value("q[].size", Wire.BE16), value("q[].addr", Wire.BE64)), Earlier("n")),
    value("clock", Wire.BE64),
)
MADE = schema([section("first", [value("x")]), section("dev", NODES)])
FIELDS = [
    *((name, 4 if name == "id" else 2) for name in ("id", *"abcdef")),
    ("on", 1), ("n", 1),
    *(pair for k in range(3) for pair in ((f"q[{k}].size", 2), (f"q[{k}].addr", 8))),
    ("clock", 8),
]  # fmt: skip
STARTS = [sum(size for _, size in FIELDS[:index]) for index in range(len(FIELDS) + 1)]


def contents(choice: random.Random) -> bytes:
    """Numbers that are small for their size, as those of devices are, none of them 0."""
    found = b""
    for name, size in FIELDS:
        most = {"on": 1, "n": 3}.get(name, 0x7F if size < 8 else 0x7FFF_FFFF)
        found += be(3 if name == "n" else choice.randint(1, most), size)
    return found


def damaged(data: bytes, model: Schema = MADE) -> list[StreamProblem]:
    before, after = full(1, "first", be(1, 4)), full(3, "first", be(2, 4))
    return decode_stream(stream(before, full(2, "dev", data), after), model).problems


def told(problem: StreamProblem) -> tuple[str, str]:
    """The first and the last field in which bytes are said to be lost or too many."""
    match = re.match(
        r"(.+?): \d+ bytes? (?:more|less) than its fields take, most likely "
        r"(?:here|between here and (.+?));",
        problem.message,
    )
    assert match, problem.message
    return match[1], match[2] or match[1]


def place_told(seed: int) -> tuple[bool, int]:
    """Whether the field that was damaged is told or the one beside it, and among how many fields."""
    choice = random.Random(seed)
    data = contents(choice)
    index = choice.choice([k for k in range(len(FIELDS)) if FIELDS[k][0] != "n"])
    at, count = STARTS[index], choice.choice((1, 2, 4))
    if seed % 2:
        broken = data[:at] + b"\xee" * count + data[at:]
    else:
        count = min(count, FIELDS[index][1])
        broken = data[:at] + data[at + count :]
    (problem,) = damaged(broken)
    assert problem.where == "dev"
    names = [one for one, _ in FIELDS]
    first, last = (names.index(one) for one in told(problem))
    return first - 1 <= index <= last + 1, last - first + 1


def test_the_field_that_lost_or_gained_bytes_is_told() -> None:
    """Numbers may look like others that were moved, so not always; a whole section is never told."""
    found = [place_told(seed) for seed in range(60)]
    assert sum(right for right, _ in found) >= 54
    assert sum(right and count <= 4 for right, count in found) >= 40
    assert all(count < len(FIELDS) for _, count in found)


def test_a_count_that_is_another_is_told_at_what_it_counts() -> None:
    data = contents(random.Random(1))
    at = STARTS[8]
    (problem,) = damaged(data[:at] + b"\xff" + data[at + 1 :])
    assert problem.where == "dev" and problem.message.startswith("q: 255 elements")


def test_bytes_lost_in_front_of_a_subsection_are_told_there() -> None:
    fields = [Field(f"f{k}", (value("", Wire.BE64),)) for k in range(8)]
    part = table("dev/part", [Field("p", (value("", Wire.BE64),))])
    top = table("dev", fields, subsections=(part.symbol,))
    model = schema(
        [section("first", [value("x")]), Section("dev", HERE, 1, top.symbol)], [top, part]
    )
    whole = b"".join(be(k + 1, 8) for k in range(8)) + subsection("dev/part", be(9, 8))
    assert not damaged(whole, model)
    (problem,) = damaged(whole[:34] + whole[36:], model)
    assert told(problem)[0] in ("f3", "f4") and "2 bytes less" in problem.message


def test_a_field_that_the_schema_lacks_is_told_where_it_is() -> None:
    """Of a newer version, in which something was put between two fields."""
    older = schema([
        section("first", [value("x")]), section("dev", [n for n in NODES if n.name != "on"]),
    ])  # fmt: skip
    (problem,) = damaged(contents(random.Random(3)), older)
    first, last = told(problem)
    assert (
        first in "abcdef"
        and last in ("n", "q[0].size", "q[0].addr")
        and "1 byte more" in problem.message
    )


def test_the_section_whose_head_is_damaged_is_told_and_not_the_one_before() -> None:
    parts = [full(number, "first", be(number, 4)) for number in (1, 2, 3)]
    broken = bytearray(parts[1])
    broken[0] = 0x44
    found = decode_stream(stream(parts[0], bytes(broken), parts[2]), MADE)
    assert [p.reading.settled for p in found.sections()] == [True, True]
    (problem,) = found.problems
    assert problem.offset == 8 + len(parts[0])


def described(*parts: bytes, devices: list[dict[str, object]]) -> bytes:
    text = json.dumps({"devices": devices}).encode()
    return stream(*parts) + b"\x06" + be(len(text), 4) + text


DEVICE: dict[str, object] = {
    "name": "first", "instance_id": 0, "vmsd_name": "first", "version": 1,
    "fields": [{"name": "x", "type": "uint32", "size": 4}],
}  # fmt: skip


@pytest.mark.parametrize(
    "old, new, message",
    [
        (counted("first"), counted("fjrst"), "no section of that name and instance"),
        (b"t\0\0\0\0", b"t\0\0\0\x07", "no section of that name and instance"),
        (b"t\0\0\0\0\0\0\0\1", b"t\0\0\0\0\0\0\0\3", "version 3 here is 1 in the stream's"),
    ],
)
def test_a_head_that_the_description_does_not_know_is_told(
    old: bytes, new: bytes, message: str
) -> None:
    good = full(1, "first", be(5, 4))
    assert not decode_stream(described(good, devices=[DEVICE]), MADE).problems
    found = decode_stream(described(good.replace(old, new), devices=[DEVICE]), MADE)
    assert any(message in problem.message for problem in found.problems)


def test_a_section_that_lost_bytes_ends_at_its_footer_all_the_same() -> None:
    """The description has it longer, and the footer is looked for from its end on first."""
    short, good = full(1, "first", be(5, 4)[:2]), full(2, "first", be(6, 4))
    other = {**DEVICE, "instance_id": 1}
    found = decode_stream(described(short, good, devices=[DEVICE, other]), MADE)
    assert [part.end - part.head.body for part in found.sections()] == [2, 4]
    assert found.problems[0].where == "first" and "x" in found.problems[0].message


def test_more_than_a_few_damaged_sections_are_only_read() -> None:
    """Where all differ, the schema is of another version: no section is mended without end."""
    wrong = Schema("made", (section("first", [value("x", Wire.BE64)]),), ())
    parts = [full(number, "first", be(number, 4)) for number in range(1, 12)]
    found = decode_stream(stream(*parts), wrong)
    mended = ["most likely" in problem.message for problem in found.problems]
    assert mended == [True] * 4 + [False] * 7


def test_constants_that_are_others_are_told_at_their_place() -> None:
    model = schema([section("dev", [value("a"), value("magic", constant=Constant(7)), value("b")])])
    (problem,) = damaged(be(1, 4) + be(8, 4) + be(2, 4), model)
    assert problem.message == "magic: 0x8 is not 0x7"
