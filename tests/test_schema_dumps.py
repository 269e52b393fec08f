# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables of QEMU's source against what QEMU's own binaries say of them (`-dump-vmstate`).

Needs the source that QEMU_TREE names and an emulator of the same version in the path; and dumps that
the tree brings along for its own checker, which are of the same or an older version.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from vmstate_dump import Compared, compare_dump

from rewrite.rules.ruleset import load_rules
from rewrite.schema.expression import ONE, Constant
from rewrite.schema.model import Buffer, Call, Description, Field, Place, Schema, Value, Wire
from rewrite.schema.opaque import opaque_parts
from rewrite.schema.whole import read_whole_tree

QEMU_TREE = os.environ.get("QEMU_TREE", "")
ROOT = Path(QEMU_TREE or ".").resolve()

MACHINES = [("x86_64", "pc"), ("aarch64", "virt"), ("ppc64", "pseries"), ("m68k", "q800")]
"""Emulators and a machine of each: Debian's qemu-system-x86, -arm, -ppc and -misc."""

KNOWN_OPAQUE = 0.01
"""The part of descriptions that may have something opaque."""


@cache
def tree_version() -> str:
    try:
        return (ROOT / "VERSION").read_text().strip()
    except OSError:
        return ""


def dump_of(emulator: str, machine: str, target: Path) -> dict[str, Any]:
    """What an emulator says of its tables; skips where it is none of the tree's version."""
    command = shutil.which(f"qemu-system-{emulator}")
    if not QEMU_TREE or not tree_version():
        pytest.skip("QEMU_TREE names no source tree of QEMU")
    if command is None:
        pytest.skip(f"no qemu-system-{emulator} in the path")
    told = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    version = re.search(r"version (\d+\.\d+)", told.stdout)
    if version is None or not tree_version().startswith(version.group(1) + "."):
        pytest.skip(f"{command} is of another version than {tree_version()}")
    subprocess.run(
        [command, "-M", machine, "-nodefaults", "-dump-vmstate", str(target)],
        stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=120,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(target.read_bytes())
    return found


@pytest.mark.parametrize(("emulator", "machine"), MACHINES)
def test_every_table_is_as_the_emulator_says(emulator: str, machine: str, tmp_path: Path) -> None:
    dump = dump_of(emulator, machine, tmp_path / "dump.json")
    schema = read_whole_tree(ROOT, load_rules(), emulator).schema
    compared = compare_dump(dump, schema)
    assert compared.missed == []
    assert compared.devices > 50
    assert compared.fields > 10 * compared.devices
    assert compared.sizes > compared.fields // 2
    opaque = sum(1 for d in schema.descriptions if opaque_parts(d))
    assert opaque <= KNOWN_OPAQUE * len(schema.descriptions)


BULB = Description(
    "bulb", "vmstate_bulb", Place("b.c", 1), 3, 2,
    (Field("level", (Value("level", Wire.BYTE, "uint8_t"),), type="uint8_t"),),
)  # fmt: skip
LAMP = Description(
    "lamp", "vmstate_lamp", Place("a.c", 1), 2, 1,
    (
        Field("watts", (Value("watts", Wire.BE32, "uint32_t"),), version_id=2, type="uint32_t"),
        Field("name", (Buffer("name", Constant(8)),), ONE, exists="is_named"),
        Field("bulb", (Call("vmstate_bulb", "bulb"),), description="vmstate_bulb"),
    ),
    ("vmstate_bulb",),
)  # fmt: skip
LEVEL = {"field": "level", "version_id": 0, "field_exists": False, "size": 1}
PART = {"name": "bulb", "version_id": 3, "minimum_version_id": 2, "Fields": [LEVEL]}
WHOLE = {
    "name": "lamp",
    "version_id": 2,
    "minimum_version_id": 1,
    "Fields": [
        {"field": "watts", "version_id": 2, "field_exists": False, "size": 4},
        {"field": "name", "version_id": 0, "field_exists": True, "size": 8},
        {"field": "bulb", "version_id": 0, "field_exists": False, "size": 1, "Description": PART},
    ],
    "Subsections": [PART],
}


def compared_with(**changes: Any) -> Compared:
    dumped = json.loads(json.dumps({**WHOLE, **changes}))
    return compare_dump({"lamp": {"Description": dumped}}, Schema("", (), (LAMP, BULB)))


def test_equal_tables_are_equal() -> None:
    found = compared_with()
    assert (found.missed, found.descriptions, found.fields, found.sizes) == ([], 3, 5, 4)


FIELDS: list[dict[str, Any]] = WHOLE["Fields"]  # type: ignore[assignment]


@pytest.mark.parametrize(
    "changes",
    [
        {"version_id": 3},
        {"minimum_version_id": 2},
        {"name": "lantern"},
        {"Fields": FIELDS[:2]},
        {"Fields": [FIELDS[1], FIELDS[0], FIELDS[2]]},
        {"Fields": [*FIELDS, LEVEL]},
        {"Fields": [{**FIELDS[0], "size": 8}, *FIELDS[1:]]},
        {"Fields": [{**FIELDS[0], "version_id": 1}, *FIELDS[1:]]},
        {"Fields": [{**FIELDS[0], "field_exists": True}, *FIELDS[1:]]},
        {"Fields": [*FIELDS[:2], {**FIELDS[2], "Description": {**PART, "version_id": 4}}]},
        {"Fields": [*FIELDS[:2], {**FIELDS[2], "Description": {**PART, "Fields": []}}]},
        {"Subsections": []},
        {"Subsections": [PART, PART]},
    ],
)
def test_a_difference_is_found(changes: dict[str, Any]) -> None:
    assert compared_with(**changes).missed
