# SPDX-License-Identifier: GPL-2.0-or-later
"""Streams of both versions, as QEMU frames them, made by hand: what is read, skipped, and refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from generated_streams import (
    HERE,
    be,
    counted,
    full,
    schema,
    section,
    stream,
    subsection,
    table,
    value,
)

from rewrite.errors import StreamError
from rewrite.schema.expression import Constant, Earlier, Fact, Operation, Unread
from rewrite.schema.model import (
    Branch,
    Buffer,
    Call,
    Check,
    Choice,
    ClassSetup,
    Field,
    Loop,
    Opaque,
    Place,
    Schema,
    Section,
    Value,
    Wire,
)
from rewrite.streams.assemble import Sources, assemble_stream
from rewrite.streams.data import open_data
from rewrite.streams.decode import Options, decode_stream
from rewrite.streams.document import stream_json
from rewrite.streams.framing import StreamCommand, StreamConfiguration
from rewrite.streams.models import Models
from rewrite.streams.parts import GapPart, PagesPart, SectionPart, Stream
from rewrite.streams.text import stream_text

EOS = be(0x10, 8)
PAGE = 4096

TIMER = schema([section("timer", [value("ticks", Wire.BE64), value("offset", signed=True)])])
TIMER_BYTES = be(77, 8) + be(-3, 4)


POINTER = Choice(
    "k->load", ("a", "b", "c"),
    ((value("wide", Wire.BE64),), (value("narrow"),), (value("other"),)), "BusClass", "load",
)  # fmt: skip
"""What one of three functions reads, as the class of the device's bus has it."""


def setup(load: str, place: Place) -> ClassSetup:
    """A class that has this function."""
    return ClassSetup("BusClass", f"{load}_init", place, place.line, (("load", load),))


def ram(*entries: bytes, mark: int = 2) -> bytes:
    """A section of memory that goes on."""
    return bytes([mark]) + be(2, 4) + b"".join(entries) + EOS + b"\x7e" + be(2, 4)


def ram_start(*blocks: tuple[str, int], extra: bytes = b"") -> bytes:
    listed = b"".join(counted(name) + be(size, 8) + extra for name, size in blocks)
    total = sum(size for _, size in blocks)
    return full(2, "ram", be(total | 4, 8) + listed + EOS, 4, mark=1)


def page(address: int, name: str = "", size: int = PAGE) -> bytes:
    flags = 8 if name else 0x28
    return be(address | flags, 8) + (counted(name) if name else b"") + b"\xa5" * size


def values(found: Stream, data: bytes, index: int = 0) -> object:
    parts = [p for p in stream_json(data, found)["parts"] if p["kind"] == "section"]
    return parts[index]["values"]


def reading(nodes: list[object], contents: bytes, **facts: int) -> tuple[Stream, bytes]:
    """One section of code with these contents, read."""
    made = schema([section("dev", nodes)])  # type: ignore[arg-type]
    data = stream(full(1, "dev", contents))
    return decode_stream(data, made, options=Options(facts)), data


# -- the frame -----------------------------------------------------------------------------------


@pytest.mark.parametrize("footer", [True, False])
def test_a_section_is_read_with_and_without_footers(footer: bool) -> None:
    data = stream(full(1, "timer", TIMER_BYTES, footer=footer))
    found = decode_stream(data, TIMER)
    assert found.footers is footer and not found.problems
    assert values(found, data) == {"ticks": 77, "offset": -3}


def test_the_path_of_a_device_before_a_name_is_not_of_the_name() -> None:
    data = stream(full(1, "0000:00:03.0/timer", TIMER_BYTES))
    assert decode_stream(data, TIMER).sections()[0].name == "timer"


def test_memory_is_skipped_and_counted() -> None:
    data = stream(
        ram_start(("pc.ram", 16 * PAGE), ("vga", PAGE)),
        ram(page(0, "pc.ram"), page(PAGE), be(2 * PAGE | 0x22, 8) + b"\0", page(0, "vga")),
        ram(be(3 * PAGE | 0x60, 8) + b"\x01" + be(3, 2) + b"abc", mark=3),
        full(5, "timer", TIMER_BYTES),
    )
    found = decode_stream(data, TIMER)
    pages = [part for part in found.parts if isinstance(part, PagesPart)]
    assert not found.problems
    assert [p.counts for p in pages] == [{}, {"PAGE": 3, "ZERO": 1}, {"XBZRLE": 1}]
    assert found.page_size == PAGE and dict(found.blocks) == {"pc.ram": 16 * PAGE, "vga": PAGE}
    assert values(found, data) == {"ticks": 77, "offset": -3}


@pytest.mark.parametrize("size", [1024, 8192, 65536])
def test_the_size_of_pages_is_found_by_trying(size: int) -> None:
    data = stream(ram_start(("ram", 8 * size)), ram(page(0, "ram", size), page(size, size=size)))
    found = decode_stream(data, TIMER)
    assert not found.problems and found.page_size == size


def test_the_configuration_tells_the_size_of_pages() -> None:
    configuration = (
        b"\x07"
        + be(4, 4)
        + b"virt"
        + subsection("configuration/target-page-bits", be(13, 4))
        + subsection("configuration/capabilities", be(1, 4) + counted("x-ignore-shared"))
    )
    data = stream(configuration, ram_start(("ram", 1 << 16)), ram(page(0, "ram", 8192)))
    found = decode_stream(data, TIMER)
    first = found.parts[0]
    assert isinstance(first, StreamConfiguration) and not found.problems
    assert (first.machine, first.page_bits) == ("virt", 13)
    assert first.capabilities == ("x-ignore-shared",) and found.page_size == 8192


@pytest.mark.parametrize("extra", [b"", be(0x1000, 8), be(0, 16)])
def test_the_list_of_blocks_may_hold_more_than_sizes(extra: bytes) -> None:
    data = stream(ram_start(("a", 1 << 20), ("b", 1 << 16), extra=extra))
    found = decode_stream(data, TIMER)
    assert not found.problems and dict(found.blocks) == {"a": 1 << 20, "b": 1 << 16}


@pytest.mark.parametrize(
    ("flag", "what"), [(0x200, "multifd"), (0x80, "RDMA"), (0x01, "compressed as a whole")]
)
def test_what_is_not_supported_is_said(flag: int, what: str) -> None:
    data = stream(ram_start(("a", 1 << 20)), ram(be(flag, 8)), full(5, "timer", TIMER_BYTES))
    found = decode_stream(data, TIMER)
    assert what in found.problems[0].message
    assert any(isinstance(part, GapPart) for part in found.parts)
    assert values(found, data) == {"ticks": 77, "offset": -3}


def test_memory_of_a_block_that_was_not_announced_is_refused() -> None:
    found = decode_stream(stream(ram_start(("a", 4 * PAGE)), ram(page(0, "b"))), TIMER)
    assert '"b" was not announced' in found.problems[0].message


def test_memory_before_blocks_had_names() -> None:
    """The section of memory of QEMU 0.10 to 0.13, without the names of blocks and without footers."""
    contents = be(1 << 20 | 4, 8) + be(8, 8) + b"x" * PAGE + be(PAGE | 2, 8) + b"\0" + EOS
    data = stream(
        full(0, "ram", contents, 3, footer=False, mark=1),
        full(1, "timer", TIMER_BYTES, footer=False),
    )
    found = decode_stream(data, TIMER)
    assert not found.problems and values(found, data) == {"ticks": 77, "offset": -3}


def test_blocks_of_disks_are_skipped() -> None:
    one = be(0x01, 8) + counted("ide0") + b"d" * (1 << 20)
    zero = be(0x200 << 9 | 0x09, 8) + counted("ide0")
    data = stream(
        full(3, "block", one + zero + be(50 << 9 | 4, 8) + be(2, 8), mark=1),
        full(5, "timer", TIMER_BYTES),
    )
    found = decode_stream(data, TIMER)
    part = found.parts[0]
    assert isinstance(part, PagesPart) and part.counts == {"DEVICE_BLOCK": 2}
    assert not found.problems


def test_commands_and_a_package() -> None:
    """What is in a package is read like the rest: it is a stream of its own without a header."""
    packed = full(5, "timer", TIMER_BYTES)
    data = stream(
        b"\x08" + be(2, 2) + be(4, 2) + be(7, 4),
        b"\x08" + be(8, 2) + be(4, 2) + be(len(packed), 4),
        packed,
    )
    found = decode_stream(data, TIMER)
    assert [p.name for p in found.parts if isinstance(p, StreamCommand)] == ["ping", "packaged"]
    assert values(found, data) == {"ticks": 77, "offset": -3}


def test_records_of_version_2_say_how_long_they_are() -> None:
    def record(name: str, contents: bytes) -> bytes:
        return counted(name) + be(0, 4) + be(1, 4) + be(len(contents), 4) + contents

    records = record("unknown", b"\x04\x00\x00") + record("timer", TIMER_BYTES)
    data = b"QEVM" + be(2, 4) + be(len(records), 8) + records
    found = decode_stream(data, TIMER)
    assert not found.problems
    assert values(found, data, 1) == {"ticks": 77, "offset": -3}
    state = stream_json(data, found)
    assert b"".join(assemble_stream(state, Sources(Models(TIMER)))) == data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no migration stream"),
        (b"QEVM", "the stream ends inside"),
        (b"QEVM\0\0\0\x09", "version 9 of the stream is not known"),
        (b"\x7fELF" + b"\0" * 60, "no migration stream"),
    ],
)
def test_what_is_no_stream(data: bytes, message: str) -> None:
    with pytest.raises(StreamError, match=message):
        decode_stream(data, TIMER)


# -- what cannot be read costs itself alone --------------------------------------------------------


@pytest.mark.parametrize("footer", [True, False])
def test_an_unknown_section_is_passed_over(footer: bool) -> None:
    data = stream(
        full(1, "strange", b"\x04\0\0\0\x01" * 9, footer=footer),
        full(2, "timer", TIMER_BYTES, footer=footer),
    )
    found = decode_stream(data, TIMER)
    strange = found.sections()[0].reading
    assert not strange.settled and "no section of that name" in strange.reason
    assert values(found, data, 1) == {"ticks": 77, "offset": -3}


def test_a_footer_inside_of_contents_is_no_footer() -> None:
    inside = b"\x7e" + be(1, 4) + b"\0"
    made = schema([section("dev", [Buffer("data", Constant(20))])])
    contents = (inside + b"\xff" * 20)[:20]
    data = stream(full(1, "dev", contents), full(2, "dev", contents))
    found = decode_stream(data, made)
    assert not found.problems and values(found, data) == {"data": contents.hex()}


def test_the_first_place_that_does_not_fit_is_told() -> None:
    made = schema([section("dev", [
        value("magic", constant=Constant(0x1234)), Loop("q", (
            value("q[].size", Wire.BE16), Check(Operation("<", (Earlier("q[].size"), Constant(9)))),
        ), Constant(3)),
    ])])  # fmt: skip
    contents = be(0x1234, 4) + be(3, 2) + be(99, 2) + be(1, 2)
    data = stream(full(1, "dev", contents), full(2, "timer", TIMER_BYTES))
    found = decode_stream(data, made)
    problem = found.problems[0]
    assert data[problem.offset - 2 : problem.offset] == be(99, 2)
    assert "q[1]" in problem.message and "q[].size < 9" in problem.message


def test_another_version_than_the_schema_has_is_told() -> None:
    made = schema([Section("dev", HERE, 2, "vmstate_dev")], [table("dev", [], 2)])
    found = decode_stream(stream(full(1, "dev", b"abcd", 5)), made)
    assert "version 5 of dev is newer than the schema's 2" in found.problems[0].message


def test_an_unknown_subsection_is_named() -> None:
    made = schema(
        [Section("dev", HERE, 1, "vmstate_dev")], [table("dev", [Field("a", (value(""),))])]
    )
    found = decode_stream(stream(full(1, "dev", be(1, 4) + subsection("dev/new", b"abc"))), made)
    assert 'no subsection "dev/new"' in found.problems[0].message


@pytest.mark.parametrize("cut", range(8, 60))
def test_a_stream_that_ends_early_is_told(cut: int) -> None:
    data = stream(full(1, "timer", TIMER_BYTES), full(2, "timer", TIMER_BYTES))[:-1]
    found = decode_stream(data[:cut], TIMER)
    assert found.problems
    assert found.parts == [] or found.parts[-1].end <= cut


def test_a_length_in_a_stream_allocates_nothing() -> None:
    nodes = [value("n"), Buffer("big", Earlier("n")), Loop("l", (value("x"),), Earlier("n"))]
    found, _ = reading(nodes, be(0xFFFFFFFF, 4) + b"abc")  # type: ignore[arg-type]
    assert "takes 4294967295 bytes" in found.problems[0].message


# -- values --------------------------------------------------------------------------------------


def test_types_are_shown_as_they_are() -> None:
    nodes = [
        Value("on", Wire.BYTE, "bool"),
        Value("odd", Wire.BYTE, "bool"),
        Value("mode", Wire.BE32, "Mode", enumerators=(("OFF", 0), ("FULL", 7))),
        Value("small", Wire.BYTE, "int8_t", signed=True),
        Loop("regs", (value("regs[]", Wire.BE16),), Constant(12)),
        Buffer("mac", Constant(6)),
    ]
    contents = b"\1\2" + be(7, 4) + b"\xff" + be(5, 2) + be(0, 2) * 11 + b"macmac"
    found, data = reading(nodes, contents)  # type: ignore[arg-type]
    assert values(found, data) == {
        "on": True, "odd": 2, "mode": "FULL", "small": -1, "regs": [5, *[0] * 11],
        "mac": b"macmac".hex(),
    }  # fmt: skip
    text = "\n".join(stream_text(data, found))
    assert "on bool = true" in text and "mode Mode = FULL" in text
    assert "regs[12] = 5, 0 x 11" in text and "mac (6 bytes) = 6d 61" in text


def test_a_fact_is_found_by_the_size_of_the_section() -> None:
    queue = (value("vq[].num", Wire.BE16), value("vq[].last", Wire.BE16))
    nodes = [value("status", Wire.BYTE), Loop("vq", queue, Fact("nvqs")), value("end")]
    found, data = reading(nodes, b"\7" + be(1, 2) * 6 + be(9, 4))  # type: ignore[arg-type]
    part = found.sections()[0]
    assert part.reading.settled and part.reading.facts == {"nvqs": 3}
    assert values(found, data) == {
        "status": 7, "vq": [{"num": 1, "last": 1}] * 3, "end": 9
    }  # fmt: skip


def test_two_facts_that_the_size_cannot_tell_are_asked_for() -> None:
    nodes = [value("a"), Buffer("one", Fact("n")), Buffer("two", Fact("m")), value("b")]
    found, data = reading(nodes, be(1, 4) + b"xyz" + be(2, 4))  # type: ignore[arg-type]
    read = found.sections()[0].reading
    assert not read.settled and "--set 'n=...'" in read.reason and "--set 'm=...'" in read.reason
    assert not found.problems, "it is no fault of the stream"
    told, _ = reading(nodes, be(1, 4) + b"xyz" + be(2, 4), **{"dev.n": 1})  # type: ignore[arg-type]
    assert told.sections()[0].reading.settled
    assert values(told, data) == {"a": 1, "one": "78", "two": "797a", "b": 2}


def test_two_conditions_on_one_fact_are_one_question() -> None:
    """`n > 1` and `n > 4` can't be taken for false and true."""
    greater = [Operation(">", (Fact("n"), Constant(limit))) for limit in (1, 4)]
    nodes = [Branch(g, (value(f"v{i}"),)) for i, g in enumerate(greater)]
    one, data = reading(nodes, be(5, 4))  # type: ignore[arg-type]
    assert values(one, data) == {"v0": 5}
    two, data = reading(nodes, be(5, 4) * 2)  # type: ignore[arg-type]
    assert two.sections()[0].reading.settled


def test_what_is_assumed_of_a_value_is_not_assumed_of_another() -> None:
    """Whether x is above an unknown limit is asked for each x."""
    above = Operation(">", (Earlier("r[].x"), Fact("limit")))
    body = (value("r[].x", Wire.BYTE), Branch(above, (value("r[].y", Wire.BYTE),)))
    found, data = reading([Loop("r", body, Constant(2))], b"\x01\x09\x77")  # type: ignore[arg-type]
    # Were 1 above the limit, so would be 0x77; so it is 9 that is.
    assert values(found, data) == {"r": [{"x": 1}, {"x": 9, "y": 0x77}]}
    assert found.sections()[0].reading.settled


def test_opaque_bytes_between_known_ones_are_as_long_as_the_rest_leaves() -> None:
    nodes = [value("a"), Opaque("vendor_save(f)", "a function pointer"), value("b", Wire.BE16)]
    found, data = reading(nodes, be(1, 4) + b"?????" + be(2, 2))  # type: ignore[arg-type]
    read = found.sections()[0].reading
    assert not read.settled and not found.problems and "function pointer" in read.reason
    got = values(found, data)
    assert isinstance(got, dict) and (got["a"], got["b"]) == (1, 2)
    assert got["vendor_save(f)"]["unread"] == b"?????".hex()


def test_a_condition_that_is_not_understood_is_a_question() -> None:
    there = Unread("is_odd(s)", "a call")
    nodes = [value("a"), Branch(there, (value("b"),))]
    found, data = reading(nodes, be(1, 4) * 2)  # type: ignore[arg-type]
    assert found.sections()[0].reading.facts == {"is_odd(s)": 1}
    assert values(found, data) == {"a": 1, "b": 1}


@pytest.mark.parametrize("where", ["hw/made.c", "hw/bus.c"])
def test_what_a_pointer_holds_is_told_by_the_size(where: str) -> None:
    """Of two that fit, the one that is written in the section's own file is meant."""
    nodes = [value("n", Wire.BYTE), POINTER, value("m", Wire.BYTE)]
    made = replace(
        schema([section("dev", nodes)]),  # type: ignore[arg-type]
        classes=(setup("a", HERE), setup("b", Place("hw/bus.c", 1)), setup("c", Place(where, 1))),
    )
    data = stream(full(1, "dev", b"\1" + be(7, 8) + b"\2"))
    found = decode_stream(data, made)
    assert values(found, data) == {"n": 1, "wide": 7, "m": 2}
    assert found.sections()[0].reading.facts == {"k->load is a": 1}
    data = stream(full(1, "dev", b"\1" + be(7, 4) + b"\2"))
    found = decode_stream(data, made)
    read = found.sections()[0].reading
    assert read.settled is (where == "hw/made.c")
    if read.settled:
        assert values(found, data) == {"n": 1, "other": 7, "m": 2}
        state = json.loads(json.dumps(stream_json(data, found)))
        assert b"".join(assemble_stream(state, Sources(Models(made)))) == data
    else:
        assert "k->load is b" in read.reason


def test_one_class_settles_all_that_is_asked_of_it() -> None:
    """A pointer, whether it is there, and a number: no mixture of two classes is read."""
    there = Fact("k.load", owner="BusClass")
    number = Branch(Fact("k.aligned", owner="BusClass"), (value("align"),))
    nodes = [Branch(there, (POINTER,)), number]
    classes = (
        setup("b", Place("hw/bus.c", 1)),
        ClassSetup("BusClass", "other_init", Place("hw/other.c", 1), 9, (("aligned", "1"),)),
    )
    made = replace(schema([section("dev", nodes)]), classes=classes)  # type: ignore[arg-type]
    data = stream(full(1, "dev", be(7, 4)))
    read = decode_stream(data, made).sections()[0].reading
    assert not read.settled and "several ways" in read.reason
    data = stream(full(1, "dev", be(7, 4) * 2))
    assert decode_stream(data, made).sections()[0].reading.misfit is not None


def test_a_section_s_own_class_is_that_which_registers_its_table() -> None:
    made = schema(
        [Section("dev", Place("hw/made.c", 5), 1, "vmstate_dev")],
        [table("dev", [Field("f", (POINTER,), info="code")])],
    )
    other = replace(setup("c", HERE), function="other_init", last_line=3)
    own = replace(setup("b", Place("hw/made.c", 4)), last_line=6)
    data = stream(full(1, "dev", be(7, 4)))
    found = decode_stream(data, replace(made, classes=(other, own)))
    assert found.sections()[0].reading.settled
    assert values(found, data) == {"f": {"narrow": 7}}


def test_a_row_of_unknown_length_ends_where_the_section_does() -> None:
    """Elements of several sizes: how many there are is seen by reading them."""
    body = (value("kind", Wire.BYTE), Branch(Earlier("kind"), (value("more", Wire.BE16),)))
    nodes = [Loop("row", body, Fact("n")), value("last", Wire.BYTE)]
    found, data = reading(nodes, b"\1\0\5\0\1\0\6\x09")  # type: ignore[arg-type]
    assert values(found, data) == {
        "row": [{"kind": 1, "more": 5}, {"kind": 0}, {"kind": 1, "more": 6}], "last": 9
    }  # fmt: skip
    assert found.sections()[0].reading.facts == {"n": 3}


def test_no_absurd_count_explains_a_damaged_section() -> None:
    """Zeros can be read as any number of elements, which only what follows may leave no other way."""
    row = Loop("row", (value("x"),), Fact("n"))
    alone, _ = reading([row, value("last")], bytes(4 * 5000))  # type: ignore[arg-type]
    assert alone.sections()[0].reading.facts == {"n": 4999} and not alone.problems
    nodes = [row, Branch(Fact("m"), (value("more", Wire.BE64),)), value("last")]
    found, _ = reading(nodes, bytes(4 * 5000))  # type: ignore[arg-type]
    assert not found.sections()[0].reading.settled
    found, _ = reading(nodes, bytes(4 * 5000), n=4997)  # type: ignore[arg-type]
    assert found.sections()[0].reading.facts == {"m": 1}


def test_a_size_of_the_host_is_that_of_hosts_of_64_bits_unless_it_is_told() -> None:
    nodes = [Buffer("old", Unread("sizeof(Old)", "", 4)), Buffer("rest", Fact("n"))]
    found, data = reading(nodes, b"abcdef")  # type: ignore[arg-type]
    assert values(found, data) == {"old": b"abcd".hex(), "rest": b"ef".hex()}
    found, data = reading(nodes, b"abcdef", **{"sizeof(Old)": 2})  # type: ignore[arg-type]
    assert values(found, data) == {"old": b"ab".hex(), "rest": b"cdef".hex()}


# -- tables --------------------------------------------------------------------------------------


def _device() -> Schema:
    inner = table("inner", [Field("x", (value("", Wire.BYTE),))], 3)
    part = table("dev/part", [Field("p", (value("", Wire.BE16),))])
    outer = table(
        "dev",
        [
            Field("old", (value("", Wire.BYTE),)),
            Field("new", (value("", Wire.BYTE),), version_id=2),
            Field("rows", (Call(inner.symbol, "", Constant(3)),), Constant(2)),
            Field("odd", (value("", Wire.BYTE),), exists="needs_odd"),
        ],
        2,
        subsections=(part.symbol,),
    )
    return schema([Section("dev", HERE, 2, outer.symbol)], [outer, inner, part])


@pytest.mark.parametrize(
    ("version", "contents", "wanted"),
    [
        (1, b"\1\3\4", {"old": 1, "rows": [{"x": 3}, {"x": 4}]}),
        (2, b"\1\2\3\4", {"old": 1, "new": 2, "rows": [{"x": 3}, {"x": 4}]}),
        (1, b"\1\3\4\6", {"old": 1, "rows": [{"x": 3}, {"x": 4}], "odd": 6}),
        (1, b"\1\3\4" + subsection("dev/part", b"\0\7"), {
            "old": 1, "rows": [{"x": 3}, {"x": 4}],
            "subsections": [{"name": "dev/part", "version": 1, "values": {"p": 7}}],
        }),
    ],
)  # fmt: skip
@pytest.mark.parametrize("footer", [True, False])
def test_tables(version: int, contents: bytes, wanted: object, footer: bool) -> None:
    data = stream(full(1, "dev", contents, version, footer))
    found = decode_stream(data, _device())
    assert values(found, data) == wanted
    state = json.loads(json.dumps(stream_json(data, found)))
    assert b"".join(assemble_stream(state, Sources(Models(_device())))) == data


def test_a_field_of_5_before_footers_is_no_subsection() -> None:
    """A struct that may have subsections, before a field whose bytes could begin one."""
    part = table("in/part", [Field("p", (value("", Wire.BE16),))])
    inner = table("in", [Field("x", (value("", Wire.BYTE),))], subsections=(part.symbol,))
    nodes = [Call(inner.symbol, "in"), Buffer("data", Constant(20))]
    made = schema([section("dev", nodes)], [inner, part])
    five = (subsection("in/part", b"\0\1") + b"z" * 20)[:20]
    data = stream(full(1, "dev", b"\1" + five, footer=False))
    found = decode_stream(data, made)
    assert found.sections()[0].reading.settled
    assert values(found, data) == {"in": {"x": 1}, "data": five.hex()}


def test_the_width_of_target_long_is_found_once_for_all() -> None:
    made = schema([section("cpu", [value("pc", Wire.TARGET_LONG), value("n", Wire.BE32)])])
    data = stream(full(1, "cpu", be(7, 4) + be(1, 4)), full(2, "cpu", be(9, 4) + be(2, 4)))
    found = decode_stream(data, made)
    assert found.facts == {"target_long": 4}
    assert values(found, data, 1) == {"pc": 9, "n": 2}


# -- the description at the end --------------------------------------------------------------------


def described(*parts: bytes, devices: object) -> bytes:
    text = json.dumps({"page_size": 4096, "devices": devices}).encode()
    return stream(*parts) + b"\x06" + be(len(text), 4) + text


TIMER_DEVICE = {
    "name": "timer", "instance_id": 0, "vmsd_name": "timer", "version": 1,
    "fields": [{"name": "ticks", "type": "uint64", "size": 8},
               {"name": "offset", "type": "int32", "size": 4}],
}  # fmt: skip


def test_without_a_schema_the_description_is_one() -> None:
    blob = {"name": "old", "instance_id": 0, "size": 3,
            "fields": [{"name": "data", "size": 3, "type": "buffer"}]}  # fmt: skip
    data = described(
        full(1, "timer", TIMER_BYTES), full(2, "old", b"abc"), devices=[TIMER_DEVICE, blob]
    )
    found = decode_stream(data, None)
    assert not found.problems
    assert values(found, data) == {"ticks": 77, "offset": -3}
    assert not found.sections()[1].reading.settled


def test_a_schema_that_disagrees_with_the_description_is_told() -> None:
    wrong = schema([section("timer", [value("ticks", Wire.BE32), value("offset", Wire.BE64)])])
    data = described(full(1, "timer", TIMER_BYTES), devices=[TIMER_DEVICE])
    assert "description" in decode_stream(data, wrong).problems[0].message
    assert not decode_stream(data, TIMER).problems


def test_the_description_tells_which_fields_are_there() -> None:
    fields = [Field(name, (value(""),), exists=f"needs_{name}") for name in ("a", "b", "c")]
    made = schema([Section("dev", HERE, 1, "vmstate_dev")], [table("dev", fields)])
    device = {"name": "dev", "instance_id": 0, "vmsd_name": "dev", "version": 1,
              "fields": [{"name": "b", "type": "uint32", "size": 4}]}  # fmt: skip
    data = described(full(1, "dev", be(6, 4)), devices=[device])
    assert values(decode_stream(data, made), data) == {"b": 6}
    alone = decode_stream(data, made, options=Options(use_description=False))
    assert not alone.sections()[0].reading.settled


def test_rows_in_elements_are_where_the_description_has_each_number() -> None:
    inner = table("inner", [Field("regs", (value(""),), Constant(3)), Field("x", (value(""),))])
    top = table("dev", [Field("c", (Call(inner.symbol, "c", None),), Constant(8))])
    made = schema([Section("dev", HERE, 1, top.symbol)], [top, inner])
    number = {"type": "uint32", "size": 4}
    struct = {"vmsd_name": "inner", "version": 1, "fields": [
        {"name": "regs", "array_len": 3, **number}, {"name": "x", **number}]}  # fmt: skip
    device = {"name": "dev", "instance_id": 0, "vmsd_name": "dev", "version": 1, "fields": [
        {"name": "c", "array_len": 8, "type": "struct", "size": 16, "struct": struct}]}  # fmt: skip
    data = described(full(1, "dev", bytes(128)), devices=[device])
    found = decode_stream(data, made)
    assert not found.problems and found.sections()[0].reading.settled


@pytest.mark.parametrize("text", [b"{", b"{}", b'{"devices": 3}', b"{" + b"[" * 5000])
def test_a_description_that_is_none_is_told(text: bytes) -> None:
    data = stream(full(1, "timer", TIMER_BYTES)) + b"\x06" + be(len(text), 4) + text
    found = decode_stream(data, TIMER)
    assert values(found, data) == {"ticks": 77, "offset": -3}
    assert [p.where for p in found.problems] == ["the description at the end"]


# -- files ---------------------------------------------------------------------------------------


def test_a_mapped_file_is_read_like_bytes(tmp_path: Path) -> None:
    path = tmp_path / "stream"
    path.write_bytes(stream(full(1, "odd", b"1234"), full(2, "timer", TIMER_BYTES)))
    with path.open("rb") as nothing, open_data(str(path), nothing) as data:
        found = decode_stream(data, TIMER)
        assert isinstance(found.parts[0], SectionPart)
        assert [p.reading.settled for p in found.sections()] == [False, True]


# -- ways that are no ways -----------------------------------------------------------------------


def test_no_field_goes_over_the_head_of_a_subsection() -> None:
    """Where one answer is wrong, a loop with sizes that nothing tells would be followed for ever."""
    wide = Branch(Fact("wide"), (value("n", Wire.BE64),), (value("n"),))
    pieces = Loop("l", (Buffer("l[].data", Fact("l[].size")),), None, Earlier("l[].id"), (
        value("l[].id"),
    ))  # fmt: skip
    part = table("dev/part", [Field("p", (Buffer("", Constant(400)),))])
    fields = [Field("n", (wide,)), Field("l", (pieces,), info="code")]
    top = table("dev", fields, subsections=(part.symbol,))
    made = schema([Section("dev", HERE, 1, top.symbol)], [top, part])
    contents = be(1, 4) + be(0, 4) + subsection("dev/part", b"x" * 400)
    data = stream(full(1, "dev", contents), full(2, "dev", contents))
    found = decode_stream(data, made)
    assert not found.problems
    assert [p.reading.settled for p in found.sections()] == [True, True]
    assert found.sections()[0].reading.facts == {"wide": 0}


def test_a_buffer_that_holds_what_looks_like_a_subsection_is_read_where_nothing_else_fits() -> None:
    part = table("dev/part", [Field("p", (value(""),))])
    top = table("dev", [Field("blob", (Buffer("", Constant(40)),))], subsections=(part.symbol,))
    made = schema([Section("dev", HERE, 1, top.symbol)], [top, part])
    blob = (b"abc" + subsection("dev/part", be(1, 4))).ljust(40, b"z")
    data = stream(full(1, "dev", blob), full(2, "dev", blob))
    found = decode_stream(data, made)
    assert not found.problems and values(found, data) == {"blob": blob.hex()}


@pytest.mark.parametrize("there", [(), (0,), (3, 70), (79,), tuple(range(80))])
def test_null_pointers_of_an_array_are_told_by_their_marker(there: tuple[int, ...]) -> None:
    """Each element for itself: of those that are there the bytes, of the others what stands for null."""
    inner = table("inner", [Field("x", (value("", Wire.BE16),)), Field("y", (value(""),))])
    null = Value("p", Wire.BYTE, constant=Constant(0x30))
    branch = Branch(Fact("p[]", "void *"), (Call(inner.symbol, "p", None),), (null,))
    top = table("dev", [Field("p", (branch,), Constant(80)), Field("end", (value(""),))])
    made = schema([Section("dev", HERE, 1, top.symbol)], [top, inner])
    contents = b"".join(be(k, 2) + be(7, 4) if k in there else b"0" for k in range(80)) + be(9, 4)
    data = stream(full(1, "dev", contents), full(2, "dev", contents))
    found = decode_stream(data, made)
    assert not found.problems
    (first, second) = found.sections()
    assert first.reading.settled and second.reading.settled
    assert values(found, data) == {
        "p": [{"x": k, "y": 7} if k in there else 0x30 for k in range(80)], "end": 9,
    }  # fmt: skip
    state = json.loads(json.dumps(stream_json(data, found)))
    assert b"".join(assemble_stream(state, Sources(Models(made), b""))) == data
