# SPDX-License-Identifier: GPL-2.0-or-later
"""`rewrite schema` as a user runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Ran
from jsonschema import Draft202012Validator
from schema_trees import make_tree, table

from rewrite.schema.document import read_schema, schema_file

Spawn = Callable[..., Ran]

CLASS = """static void lamp_class_init(ObjectClass *klass, void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    dc->vmsd = &vmstate_lamp;
}
"""

FIELDS = """VMSTATE_U32(watts, Lamp),
        VMSTATE_U32_IF(inner.x, Lamp, is_old),
        VMSTATE_ARRAY(steps, Lamp, BULBS, info_u32, uint32_t),
        VMSTATE_STRUCT(bulb, Lamp, vmstate_bulb, Bulb),
#ifdef CONFIG_DIMMER
        VMSTATE_S64(age, Lamp),
#endif
        VMSTATE_GAP(NULL, 4),
        VMSTATE_SPECIAL(map, Lamp, vmstate_info_qlist, &vmstate_bulb, 8),
        VMSTATE_NONE(on, Lamp),"""


@pytest.fixture
def lamp(tmp_path: Path) -> Path:
    bulb = table("VMSTATE_U8(level, Bulb),", name="bulb").replace("static ", "")
    files = {
        "hw/lamp.c": table(FIELDS, ".subsections = parts,").replace(
            "static const VMState", PARTS + "static const VMState"
        )
        + CLASS,
        "hw/bulb.c": bulb,
        "hw/other.c": table("VMSTATE_U8(on, Lamp),", name="other"),
    }
    return make_tree(tmp_path / "lamps", files)


PARTS = "static const VMStateDescription * const parts[] = { &vmstate_bulb, NULL };\n"


def test_the_text_has_a_line_for_each_value(spawn: Spawn, lamp: Path) -> None:
    ran = spawn("schema", "hw/lamp.c", cwd=lamp)
    assert (ran.status, ran.err.splitlines()[-1]) == (
        0,
        "1 sections, 2 descriptions with 9 fields; "
        "1 descriptions have a part that is not understood",
    )
    lines = [" ".join(line.split()) for line in ran.out.decode().splitlines()]
    assert lines == [
        'section "lamp" version 2 table vmstate_lamp hw/lamp.c:25',
        "",
        'description "bulb" version 2 (from 1 on) vmstate_bulb hw/bulb.c:2',
        "level byte uint8_t include/lamp.h:5",
        "",
        'description "lamp" version 2 (from 1 on) vmstate_lamp hw/lamp.c:3',
        "watts be32 uint32_t include/lamp.h:7",
        "inner.x be32 uint32_t if is_old() include/lamp.h:21",
        "steps[6] be32 uint32_t include/lamp.h:10",
        "bulb table vmstate_bulb Bulb",
        "age signed be64 int64_t only with defined(CONFIG_DIMMER) include/lamp.h:9",
        "unused 4 bytes of padding",
        "map vmstate_info_qlist unsigned long *",
        "loop map",
        "map.more byte",
        "while map.more",
        "map[] table vmstate_bulb",
        "VMSTATE_NONE(on, Lamp) unknown it is no initialiser of a field",
        "subsection vmstate_bulb",
    ]


def test_the_columns_are_aligned(spawn: Spawn, lamp: Path) -> None:
    out = spawn("schema", "hw/lamp.c", cwd=lamp).out.decode()
    rows = [line for line in out.splitlines() if "include/lamp.h:" in line]
    columns = {line.index("include/lamp.h:") for line in rows[1:]}
    assert len(rows) == 5
    assert len(columns) == 1


def test_json_is_valid_deterministic_and_the_same_model(
    spawn: Spawn, lamp: Path, tmp_path: Path
) -> None:
    out = tmp_path / "schema.json"
    ran = spawn("schema", ".", "--format", "json", "-o", str(out), cwd=lamp)
    assert (ran.status, ran.out) == (0, b"")
    again = spawn("schema", "--format=json", cwd=lamp)
    assert again.out == out.read_bytes()
    document = json.loads(again.out)
    Draft202012Validator(json.loads(schema_file().read_text())).validate(document)
    assert document["root"] == "lamps"
    assert [d["name"] for d in document["descriptions"]] == ["bulb", "lamp", "other"]
    assert len(read_schema(out).descriptions) == 3


@pytest.mark.parametrize("name", ["lamp", "vmstate_lamp"])
def test_one_section_comes_with_what_it_refers_to(spawn: Spawn, lamp: Path, name: str) -> None:
    ran = spawn("schema", ".", "--section", name, "--format", "json", cwd=lamp)
    document = json.loads(ran.out)
    assert [s["idstr"] for s in document["sections"]] == ["lamp"]
    assert [d["name"] for d in document["descriptions"]] == ["bulb", "lamp"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--section", "none"], "none: error: no section or description of this name here"),
        (["--target", "z80"], "z80: error: no target of this name; there are alpha, arm"),
        (["nowhere"], "nowhere: error: no such file or directory"),
        (["--format", "xml"], "invalid choice: 'xml'"),
        (["-o", "missing/x.json"], "missing/x.json: error: cannot write"),
        (["--root", "hw"], "error: not inside the root"),
        (["--rules", "none"], "none: error: no such directory"),
    ],
)
def test_a_wrong_command_line_is_told(
    spawn: Spawn, lamp: Path, arguments: list[str], message: str
) -> None:
    ran = spawn("schema", *arguments, cwd=lamp)
    assert ran.status == 2
    assert message in ran.err
    assert "Traceback" not in ran.err


def test_a_tree_without_tables_has_an_empty_schema(spawn: Spawn, tmp_path: Path) -> None:
    (tmp_path / ".rewrite.toml").touch()
    (tmp_path / "a.c").write_text("int x;\n")
    ran = spawn("schema", "--format", "json", cwd=tmp_path)
    assert ran.status == 0
    assert json.loads(ran.out)["descriptions"] == []


HOSTILE = {
    "deep brackets": "(" * 30_000,
    "deep braces": "{" * 30_000,
    "no end": 'VMSTATE_U32(watts, "',
    "a macro of itself": "\n#define again again, again\nagain,",
    "bytes": "\udcff\udcfe VMSTATE_U32(w\udc80tts, Lamp),",
    "an escape": "VMSTATE_U32(\x1b[31mwatts, Lamp),",
    "a long constant": "VMSTATE_U32_V(watts, Lamp, " + "9" * 6000 + "),",
    "a long sum": "VMSTATE_U32_V(watts, Lamp, " + "1 + " * 5000 + "1),",
    "many signs": "VMSTATE_U32_V(watts, Lamp, " + "-" * 5000 + "1),",
    "a shift": "VMSTATE_U32_V(watts, Lamp, 1 << 100000),",
    "powers": "VMSTATE_U32_V(watts, Lamp, " + "99999999999 * " * 500 + "1),",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_is_told_and_the_rest_is_read(spawn: Spawn, tmp_path: Path, kind: str) -> None:
    root = make_tree(tmp_path / "t", {"hw/other.c": table("VMSTATE_U8(on, Lamp),", name="other")})
    text = table(HOSTILE[kind]).encode("utf-8", "surrogateescape")
    (root / "hw/lamp.c").write_bytes(text)
    for form in ("json", "text"):
        ran = spawn("schema", "--format", form, cwd=root)
        assert ran.status == 0, ran.err
        assert "Traceback" not in ran.err
        assert b"other" in ran.out
        assert b"\x1b" not in ran.out
