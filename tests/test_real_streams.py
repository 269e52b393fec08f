# SPDX-License-Identifier: GPL-2.0-or-later
"""Streams of the emulators that are installed here: read to the last byte, and loaded again."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Ran
from emulators import MACHINES, emulator, monitor, saved

from rewrite.streams.assemble import Sources, assemble
from rewrite.streams.decode import decode, own_schema
from rewrite.streams.document import stream_json
from rewrite.streams.models import Models
from rewrite.streams.parts import DescriptionPart, EndPart, GapPart, PagesPart
from rewrite.streams.summary import summary

HERE = [name for name, (target, _) in MACHINES.items() if emulator(target)]
needs_x86 = pytest.mark.skipif("pc" not in HERE, reason="qemu-system-x86_64 is not installed")


@pytest.fixture(scope="module")
def stream_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The file of a machine's stream, saved once."""
    folder = tmp_path_factory.mktemp("streams")

    def make(name: str) -> Path:
        if name not in HERE:
            pytest.skip(f"qemu-system-{MACHINES[name][0]} is not installed")
        path = folder / f"{name}.mig"
        if not path.exists():
            saved(name, path)
        return path

    return make


@pytest.mark.parametrize("name", MACHINES)
def test_all_sections_end_at_their_footers(name: str, stream_of: Callable[[str], Path]) -> None:
    data = stream_of(name).read_bytes()
    found = decode(data, None)
    assert found.footers and found.described
    assert isinstance(found.parts[-2], EndPart) and isinstance(found.parts[-1], DescriptionPart)
    assert found.parts[-1].end == len(data)
    assert not any(isinstance(part, GapPart) for part in found.parts)
    assert all(part.footer for part in found.sections())
    pages = [part for part in found.parts if isinstance(part, PagesPart)]
    assert all(part.footer for part in pages)
    assert sum(part.counts.get("ZERO", 0) + part.counts.get("PAGE", 0) for part in pages) > 1000
    described = json.loads(data[found.parts[-1].start + 5 :])["devices"]
    named = {(part.head.idstr, part.head.instance_id) for part in found.sections()}
    assert {(one["name"], one["instance_id"]) for one in described} <= named


@pytest.mark.parametrize("name", MACHINES)
def test_a_stream_is_encoded_as_it_was(name: str, stream_of: Callable[[str], Path]) -> None:
    data = stream_of(name).read_bytes()
    schema = own_schema(data)
    assert schema is not None
    state = json.loads(json.dumps(stream_json(data, decode(data, None))))
    sources = Sources(Models(schema), data, described=True)
    assert b"".join(assemble(state, sources)) == data


@needs_x86
def test_a_changed_state_is_loaded_by_the_emulator(
    rewrite: Callable[..., Ran], stream_of: Callable[[str], Path], tmp_path: Path
) -> None:
    """A register that is another in the JSON is another in the machine."""
    path = stream_of("pc")
    state = json.loads(rewrite("decode", path, "--format", "json").out)
    cpu = next(part for part in state["parts"] if part.get("idstr") == "cpu")
    cpu["values"]["env.regs"][0] = 0x1234_5678
    (tmp_path / "state.json").write_text(json.dumps(state))
    changed = tmp_path / "changed.mig"
    ran = rewrite("encode", tmp_path / "state.json", "--from", path, "-o", changed)
    assert ran.status == 0, ran.err
    shown = monitor("pc", ["info registers", "info status"], "-incoming", f"exec:cat {changed}")
    assert re.search(r"[RE]AX=0*12345678", shown), shown


@needs_x86
def test_a_damaged_real_stream_is_told_and_never_crashes(stream_of: Callable[[str], Path]) -> None:
    """A byte of the devices' state is another: the frame stays, but for what the byte was of."""
    data = stream_of("pc").read_bytes()
    good = decode(data, None)
    first = good.sections()[0].start
    last = good.parts[-2].start
    choice = random.Random(5)
    for _ in range(12):
        at = choice.randrange(first, last)
        damaged = data[:at] + bytes([data[at] ^ choice.randrange(1, 256)]) + data[at + 1 :]
        found = decode(damaged, None)
        assert found.parts[-1].end == len(data)
        assert len(found.sections()) >= len(good.sections()) - 2
    cut = decode(data[:last], None)
    assert cut.problems and summary(cut).named < 1
