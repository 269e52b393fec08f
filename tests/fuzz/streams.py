# SPDX-License-Identifier: GPL-2.0-or-later
"""Damaged migration streams, streams of other schemas, and damaged states to be encoded."""

from __future__ import annotations

import contextlib
import json
import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import generated_streams as make

from rewrite.errors import StateError, StreamError
from rewrite.schema.model import Schema
from rewrite.streams.assemble import Sources, assemble_stream
from rewrite.streams.decode import Options, decode_stream, own_schema
from rewrite.streams.document import stream_json
from rewrite.streams.models import Models
from rewrite.streams.solve import STEPS
from rewrite.streams.text import stream_text

from .targets import reader

_CASES = 24

_PATIENT, _FEW_STEPS = 0.001, 150
"""The share of streams that are read with the full bound of a search, and the bound of the others."""

WORDS = (
    *(bytes([mark]) for mark in range(9)),
    b"\x7e\0\0\0\x01",
    b"\x04\0\0\0\x01\x04made\0\0\0\0\0\0\0\1",
    b"\x02\0\0\0\x02",
    b"\0\0\0\0\0\0\0\x10",
    b"\0\0\0\0\0\0\0\x28",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff\xff\xff\xff\xff",
    b"\x05\x02n2\0\0\0\2",
    b"QEVM\0\0\0\2",
    b'"array_len": 99999999999, ',
)


@cache
def case(number: int) -> make.Made:
    """One of the schemas that streams are made of, and read by."""
    return make.made(number)


def _memory() -> list[bytes]:
    sizes = make.be(1 << 16 | 4, 8) + make.counted("ram") + make.be(1 << 16, 8)
    page = make.be(8, 8) + make.counted("ram") + b"p" * 4096 + make.be(0x1022, 8) + b"\0"
    end = make.be(0x10, 8)
    return [
        make.full(2, "ram", sizes + end, 4, mark=1),
        b"\x02" + make.be(2, 4) + page + end + b"\x7e" + make.be(2, 4),
    ]


_DEVICE = {
    "name": "odd", "instance_id": 0, "vmsd_name": "odd", "version": 1,
    "fields": [{"name": "a", "array_len": 3, "type": "uint16", "size": 2},
               {"name": "s", "type": "struct", "size": 1, "struct": {
                   "vmsd_name": "s", "version": 1,
                   "fields": [{"name": "b", "type": "bool", "size": 1}]}}],
}  # fmt: skip


def streams(_trees: Sequence[Path]) -> list[bytes]:
    """Whole streams: with and without footers, memory, a description, and records of version 2."""
    found = []
    for number in range(_CASES):
        one = case(number)
        footer = number % 3 != 0
        parts = [make.full(1, "made", one.contents, one.version, footer)]
        parts += _memory() if number % 4 == 1 else []
        parts += [b"\x08" + make.be(2, 2) + make.be(1, 2) + b"x"] if number % 5 == 1 else []
        parts += [make.full(7, "made", one.contents, one.version, footer)]
        found.append(make.stream(*parts))
    text = json.dumps({"devices": [_DEVICE]}).encode()
    odd = make.full(3, "odd", b"\0\1\0\2\0\3\1")
    found.append(make.stream(odd) + b"\x06" + make.be(len(text), 4) + text)
    contents = case(0).contents
    record = make.counted("made") + make.be(0, 4) * 2 + make.be(len(contents), 4) + contents
    found.append(b"QEVM" + make.be(2, 4) + make.be(len(record), 8) + record)
    return found


def stream(data: bytes, choice: random.Random) -> None:
    """Read it by some schema, or by what it says of itself; a few as patiently as users do."""
    schema: Schema | None = case(choice.randrange(_CASES)).schema
    if choice.random() < 0.2:
        schema = own_schema(data)
    steps = STEPS if choice.random() < _PATIENT else _FEW_STEPS
    check_read(data, schema, Options(use_description=choice.random() < 0.5, steps=steps))


def check_read(data: bytes, schema: Schema | None, options: Options, target: str = "") -> None:
    """Any bytes are read, part after part without a gap, and become the same bytes again."""
    try:
        found = decode_stream(data, schema, target, options)
    except StreamError:
        return
    begin = 8 if found.version == 3 else 16
    assert [p.start for p in found.parts] == [min(begin, len(data)), *[
        p.end + (5 if getattr(p, "footer", False) else 0) for p in found.parts[:-1]
    ]][: len(found.parts)], "parts that do not follow each other"  # fmt: skip
    for _ in stream_text(data, found):
        pass
    state = json.loads(json.dumps(stream_json(data, found)))
    if schema is None or (found.version == 2 and found.problems):
        return
    again = b"".join(assemble_stream(state, Sources(Models(schema, target), data)))
    assert again == data, "not the same again"


def states(_trees: Sequence[Path]) -> list[bytes]:
    """What streams are as JSON."""
    made = []
    for number, data in enumerate(streams(())[:_CASES]):
        found = decode_stream(data, case(number).schema, options=Options(case(number).facts))
        made.append(json.dumps(stream_json(data, found), indent=1).encode())
    return made


def state(data: bytes, choice: random.Random) -> None:
    """Any JSON becomes a stream, or is refused."""
    try:
        read = json.loads(data)
    except (ValueError, RecursionError):
        return
    models = Models(case(choice.randrange(_CASES)).schema)
    with contextlib.suppress(StateError):
        for _ in assemble_stream(read, Sources(models, b"x" * 9000)):
            pass


_STATE_WORDS = (
    b'"values": ', b'"settled": true', b'"settled": false', b'"kind": "section"', b'"bytes": "00"',
    b"null", b"[]", b"{}", b"-1", b"1e9", b"true", b'"n1": ', b'"facts": {}', b'"subsections": [',
    b'{"unread": "00", "reason": ""}', b'"version": 2', b'"kind": "gap"', b'"end": 99999',
)  # fmt: skip

STREAMS = (
    reader("stream", 12.0, streams, WORDS, stream),
    reader("state", 1.0, states, _STATE_WORDS, state),
)
"""The readers of streams."""
