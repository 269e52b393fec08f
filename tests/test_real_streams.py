# SPDX-License-Identifier: GPL-2.0-or-later
"""Streams of the emulators that are installed here: read to the last byte, and loaded again."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import REPOSITORY, Ran
from emulators import MACHINES, emulator, loaded, saved, version

from rewrite.streams.assemble import Sources, assemble_stream
from rewrite.streams.decode import decode_stream, own_schema
from rewrite.streams.document import stream_json
from rewrite.streams.models import Models
from rewrite.streams.parts import DescriptionPart, EndPart, GapPart, PagesPart
from rewrite.streams.summary import summarise_stream

HERE = [name for name, (target, _) in MACHINES.items() if emulator(target)]
OUTSIDE = {"slirp"}
"""Sections that a library writes, whose source is not in the tree."""

BARE = ("-machine", "suppress-vmdesc=on", "-global", "migration.send-configuration=off")
"""What makes a stream as emulators before 2.3 made them: without a description and a machine's name."""

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
    found = decode_stream(data, None)
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
    state = json.loads(json.dumps(stream_json(data, decode_stream(data, None))))
    sources = Sources(Models(schema), data, described=True)
    assert b"".join(assemble_stream(state, sources)) == data


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The schema of the tree that the emulator for x86_64 was built from."""
    tree = Path(os.environ.get("QEMU_TREE", "") or "/no/tree")
    if not (tree / "VERSION").is_file():
        pytest.skip("QEMU_TREE names no source tree of QEMU")
    if not (tree / "VERSION").read_text().startswith(version("x86_64") + "."):
        pytest.skip(f"QEMU_TREE is not the source of QEMU {version('x86_64')}")
    path = tmp_path_factory.mktemp("schema") / "schema.json"
    command = ["schema", str(tree), "--target", "x86_64", "--format", "json", "-o", str(path)]
    subprocess.run([sys.executable, "-m", "rewrite", *command], cwd=REPOSITORY, check=True)
    return path


@needs_x86
@pytest.mark.parametrize("name", ["pc", "q35"])
def test_a_stream_is_read_by_the_source_of_its_emulator(
    name: str, model: Path, stream_of: Callable[[str], Path], tmp_path: Path,
    rewrite: Callable[..., Ran],
) -> None:  # fmt: skip
    """Every field is where the stream's own description has it, and the bytes come back."""
    path = stream_of(name)
    options = ("--schema", model, "--target", "x86_64")
    ran = rewrite("decode", path, *options, "--format", "json")
    state = json.loads(ran.out)
    assert ran.status == 0 and not state["problems"], ran.err
    sections = [part for part in state["parts"] if part["kind"] == "section"]
    assert all(part["footer"] for part in sections)
    assert {part["idstr"] for part in sections if not part["settled"]} <= OUTSIDE
    (net,) = (part for part in sections if part["name"] == "virtio-net")
    assert net["values"]["virtio"]["queue_sel"] == 0
    (cpu,) = (part for part in sections if part["idstr"] == "cpu")
    assert cpu["values"]["env.eip"] == 0xFFF0 and len(cpu["values"]["env.regs"]) == 16
    (tmp_path / "state.json").write_bytes(ran.out)
    again = tmp_path / "again"
    ran = rewrite("encode", tmp_path / "state.json", *options, "--from", path, "-o", again)
    assert ran.status == 0, ran.err
    assert again.read_bytes() == path.read_bytes()


@needs_x86
def test_a_bare_stream_is_read_by_the_source_and_loaded_again(
    model: Path, tmp_path: Path, rewrite: Callable[..., Ran]
) -> None:
    """A register is changed in a stream that tells nothing of itself."""
    path, options = tmp_path / "bare.mig", ("--schema", model, "--target", "x86_64")
    saved("pc", path, *BARE)
    state = json.loads(rewrite("decode", path, *options, "--format", "json").out)
    kinds = {part["kind"] for part in state["parts"]}
    assert not state["problems"] and not kinds & {"configuration", "description"}
    sections = [part for part in state["parts"] if part["kind"] == "section"]
    settled = {part["name"] for part in sections if part["settled"]}
    assert {"timer", "i8259", "virtio-net", "virtio-blk", "virtio-balloon", "vga"} <= settled
    pit = next(part for part in sections if part["name"] == "i8254")
    pit["values"]["channels"][0]["latched_count"] = 0x1234
    (tmp_path / "state.json").write_text(json.dumps(state))
    changed = tmp_path / "changed.mig"
    ran = rewrite("encode", tmp_path / "state.json", *options, "--from", path, "-o", changed)
    assert ran.status == 0, ran.err
    pairs = zip(path.read_bytes(), changed.read_bytes(), strict=True)
    assert 0 < sum(a != b for a, b in pairs) <= 2
    assert "paused" in loaded("pc", changed, "info status", *BARE)


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
    shown = loaded("pc", changed, "info registers")
    assert re.search(r"[RE]AX=0*12345678", shown), shown


@needs_x86
def test_a_damaged_real_stream_is_told_and_never_crashes(stream_of: Callable[[str], Path]) -> None:
    """A byte of the devices' state is another: the frame stays, but for what the byte was of."""
    data = stream_of("pc").read_bytes()
    good = decode_stream(data, None)
    first = good.sections()[0].start
    last = good.parts[-2].start
    choice = random.Random(5)
    for _ in range(12):
        at = choice.randrange(first, last)
        damaged = data[:at] + bytes([data[at] ^ choice.randrange(1, 256)]) + data[at + 1 :]
        found = decode_stream(damaged, None)
        assert found.parts[-1].end == len(data)
        assert len(found.sections()) >= len(good.sections()) - 2
    cut = decode_stream(data[:last], None)
    assert cut.problems and summarise_stream(cut).named < 1
