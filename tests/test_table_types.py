# SPDX-License-Identifier: GPL-2.0-or-later
"""`rewrite lint --tables`: entries of VMState tables that do not fit the members that they name."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from conftest import Ran
from schema_trees import make_tree, table

Spawn = Callable[..., Ran]
Lint = Callable[..., tuple[int, str, str]]

STRUCTS = """
typedef struct Fuse { uint32_t amps; } Fuse;
typedef struct { Fuse fuse; uint32_t ohms; } Shunt;
typedef struct Rack {
    Fuse fuse;
    Shunt shunt;
    Fuse fuses[3];
    Fuse *spare;
    Fuse *row[2];
    uint32_t volts[4];
    uint8_t *log;
    uint32_t log_size;
    uint8_t label[8];
    Unknown thing;
    Unknown *things;
} Rack;
#define UNSAFE_ARRAY(_f, _s, _n, _info, _type) { \\
    .name = (stringify(_f)), .num = (_n), .info = &(_info), .size = sizeof(_type), \\
    .flags = VMS_ARRAY, .offset = offsetof(_s, _f), \\
}
#define UNSAFE_STRUCT(_f, _s, _vmsd, _type, _flags) { \\
    .name = (stringify(_f)), .vmsd = &(_vmsd), .size = sizeof(_type), .num = 2, \\
    .flags = VMS_STRUCT | _flags, .offset = offsetof(_s, _f), \\
}
#define UNSAFE_BYTES(_f, _s, _info, _size, _flags) { \\
    .name = (stringify(_f)), .size = (_size), .info = &_info, .flags = VMS_BUFFER | _flags, \\
    .offset = offsetof(_s, _f), \\
}
"""

FUSE = table("VMSTATE_U32(amps, Fuse),", name="fuse").partition("\n")[2]


def rack(entry: str) -> str:
    include, _, rest = table(entry, name="rack").partition("\n")
    return f"{include}\n{STRUCTS}{FUSE}{rest}"


@pytest.fixture
def lint(tmp_path: Path, spawn: Spawn) -> Lint:
    """lint(text, *options, more=...): the status, the findings, and what else is told."""

    def run(
        text: str, *options: str, more: Mapping[str, str] | None = None
    ) -> tuple[int, str, str]:
        root = make_tree(tmp_path / "racks", {"hw/rack.c": text, **(more or {})})
        ran = spawn("lint", "--no-cache", *options, "hw", cwd=root)
        return ran.status, ran.out.decode(), ran.err

    return run


WRONG = {
    "UNSAFE_ARRAY(log, Rack, 4, info_u8, uint8_t)":
        "an array, but `log` is declared as uint8_t *, which points elsewhere",
    "UNSAFE_BYTES(log, Rack, vmstate_info_buffer, 4, 0)":
        "an array, but `log` is declared as uint8_t *, which points elsewhere",
    "UNSAFE_BYTES(label, Rack, vmstate_info_buffer, 8, VMS_POINTER)":
        "a pointer, but `label` is declared as uint8_t []",
    "UNSAFE_STRUCT(spare, Rack, vmstate_fuse, Fuse, 0)":
        "a struct, but `spare` is declared as Fuse *, which points to one",
    "UNSAFE_STRUCT(spare, Rack, vmstate_fuse, Fuse, VMS_ARRAY)":
        "an array, but `spare` is declared as Fuse *, which points elsewhere",
    "UNSAFE_ARRAY(volts, Rack, 5, info_u32, uint32_t)":
        "20 bytes, but `volts` is declared as uint32_t [], which has 16",
    "UNSAFE_STRUCT(shunt.ohms, Rack, vmstate_fuse, Fuse, VMS_POINTER)":
        "a pointer, but `shunt.ohms` is declared as uint32_t",
}  # fmt: skip

RIGHT = [
    "UNSAFE_ARRAY(volts, Rack, 4, info_u32, uint32_t)",
    "UNSAFE_ARRAY(volts[1], Rack, 3, info_u32, uint32_t)",
    "UNSAFE_BYTES(log, Rack, vmstate_info_buffer, 4, VMS_POINTER)",
    "UNSAFE_BYTES(log, Rack, info_u8, 4, 0)",  # whatever its own functions make of a pointer
    "UNSAFE_BYTES(label, Rack, vmstate_info_buffer, 4, 0)",
    "UNSAFE_STRUCT(spare, Rack, vmstate_fuse, Fuse, VMS_POINTER)",
    "UNSAFE_STRUCT(spare, Rack, vmstate_fuse, Fuse *, 0)",  # the table is one of the pointer
    "UNSAFE_STRUCT(row, Rack, vmstate_fuse, Fuse *, VMS_ARRAY | VMS_ARRAY_OF_POINTER)",
    "UNSAFE_STRUCT(row[1], Rack, vmstate_fuse, Fuse *, VMS_ARRAY | VMS_ARRAY_OF_POINTER)",
    "UNSAFE_STRUCT(fuse, Rack, vmstate_fuse, Fuse, 0)",
    "UNSAFE_STRUCT(shunt, Rack, vmstate_fuse, Shunt, 0)",  # its first member is one
    "UNSAFE_STRUCT(fuses, Rack, vmstate_fuse, Fuse, VMS_ARRAY)",
    "UNSAFE_STRUCT(thing, Rack, vmstate_fuse, Unknown, 0)",
    "UNSAFE_STRUCT(things, Rack, vmstate_fuse, Unknown, VMS_POINTER)",
    "UNSAFE_STRUCT(fuse, Rack, vmstate_nowhere, Fuse, 0)",
    "UNSAFE_ARRAY(nowhere, Rack, 4, info_u8, uint8_t)",
]


@pytest.mark.parametrize("entry", WRONG)
def test_an_entry_that_does_not_fit_is_told(lint: Lint, entry: str) -> None:
    text = rack(f"{entry},")
    status, out, _ = lint(text, "--tables")
    assert (status, out.count("[table-type]")) == (1, 1)
    line = next(n for n, written in enumerate(text.split("\n"), 1) if f" {entry}" in written)
    assert out.startswith(f"hw/rack.c:{line}:")
    assert f"in vmstate_rack, {WRONG[entry]} [" in out


@pytest.mark.parametrize("entry", RIGHT)
def test_an_entry_that_fits_or_is_unclear_is_silent(lint: Lint, entry: str) -> None:
    assert lint(rack(f"{entry},"), "--tables") == (0, "", "")


def test_a_table_of_another_struct_is_told(lint: Lint) -> None:
    entry = "UNSAFE_STRUCT(fuses, Rack, vmstate_shunt, Fuse, VMS_ARRAY),"
    shunt = table("VMSTATE_U32(ohms, Shunt),", name="shunt").partition("\n")[2]
    status, out, _ = lint(rack(entry).replace(STRUCTS, STRUCTS + shunt), "--tables")
    assert status == 1
    assert "`fuses` is a Fuse, but vmstate_shunt is a table of Shunt [table-type]" in out


def test_it_is_asked_for_allowed_and_turned_off(lint: Lint) -> None:
    wrong = "UNSAFE_ARRAY(log, Rack, 4, info_u8, uint8_t),"
    assert lint(rack(wrong)) == (0, "", "")
    allowed = f"{wrong} /* rewrite-lint: allow(table-type) the log is never saved */"
    assert lint(rack(allowed), "--tables") == (0, "", "")
    assert lint(rack(allowed)) == (0, "", "")  # nor is the comment one too many
    off = {".rewrite.toml": 'root = true\n[lint]\nseverity.table-type = "off"\n'}
    assert lint(rack(wrong), "--tables", more=off) == (0, "", "")


def test_it_is_not_for_a_change(lint: Lint) -> None:
    status, _, error = lint(rack(""), "--tables", "--since", "HEAD")
    assert (status, "--tables looks at whole files" in error) == (2, True)


def test_a_tree_of_qemu_has_none(spawn: Spawn) -> None:
    tree = os.environ.get("QEMU_TREE")
    if tree is None:
        pytest.skip("QEMU_TREE is not set")
    ran = spawn("lint", "--tables", "--no-cache", ".", cwd=Path(tree))
    found = ran.out.decode().splitlines()
    assert [line for line in found if line.endswith("[table-type]")] == []
