# SPDX-License-Identifier: GPL-2.0-or-later
"""Random schemas and states: what is read of a stream is what was sent, and is sent again as it was."""

from __future__ import annotations

import json

from generated_streams import Made, full, made, stream
from hypothesis import given, settings
from hypothesis import strategies as st

from rewrite.streams.assemble import Sources, assemble_stream
from rewrite.streams.decode import Options, decode_stream
from rewrite.streams.document import stream_json
from rewrite.streams.events import Read
from rewrite.streams.models import Models
from rewrite.streams.parts import SectionPart, Stream
from rewrite.streams.questions import signed_value

SEEDS = st.integers(0, 1 << 32)


def _stream(case: Made, footers: bool = True) -> bytes:
    after = full(9, "after", b"", footer=footers)
    return stream(full(1, "made", case.contents, case.version, footers), after)


def _read(case: Made, data: bytes, facts: bool) -> Stream:
    return decode_stream(data, case.schema, options=Options(case.facts if facts else {}))


def _numbers(data: bytes, part: SectionPart) -> list[tuple[int, int]]:
    """Every number that was read, with its offset in the contents."""
    found = []
    for event in part.reading.events:
        if isinstance(event, Read):
            for start in range(event.start, event.end, event.size):
                raw = int.from_bytes(data[start : start + event.size], "big")
                number = signed_value(raw, event.size) if event.node.signed else raw
                found.append((start - part.head.body, number))
    return found


@settings(max_examples=150, deadline=None)
@given(SEEDS)
def test_what_was_sent_is_read_where_all_facts_are_told(seed: int) -> None:
    case = made(seed)
    data = _stream(case)
    found = _read(case, data, facts=True)
    part = found.sections()[0]
    assert not found.problems
    assert part.reading.settled
    assert _numbers(data, part) == case.numbers


@settings(max_examples=150, deadline=None)
@given(SEEDS)
def test_what_is_settled_without_facts_is_what_was_sent(seed: int) -> None:
    """A number is either read as it was sent or not at all: never another."""
    case = made(seed)
    data = _stream(case)
    found = _read(case, data, facts=False)
    part = found.sections()[0]
    assert part.reading.misfit is None
    read = _numbers(data, part)
    assert read == case.numbers[: len(read)]
    if part.reading.settled:
        assert len(read) == len(case.numbers)


@settings(max_examples=150, deadline=None)
@given(SEEDS, st.booleans(), st.booleans())
def test_decoded_and_encoded_is_what_it_was(seed: int, facts: bool, footers: bool) -> None:
    case = made(seed)
    data = _stream(case, footers)
    state = json.loads(json.dumps(stream_json(data, _read(case, data, facts))))
    told = case.facts if facts else {}
    state["facts"] = {**state["facts"], **told}
    sources = Sources(Models(case.schema), data)
    assert b"".join(assemble_stream(state, sources)) == data
