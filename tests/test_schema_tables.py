# SPDX-License-Identifier: GPL-2.0-or-later
"""What a table puts on the wire, for each shape of macro, in a tree with macros of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from schema_trees import HEADER, INTERPRETER, TYPES, make_tree, table

from rewrite.rules.ruleset import Rules, load_rules
from rewrite.schema.expression import (
    ONE,
    Configured,
    Constant,
    Earlier,
    Fact,
    Operation,
    Unread,
)
from rewrite.schema.model import (
    Branch,
    Buffer,
    Call,
    Description,
    Field,
    Loop,
    Opaque,
    Place,
    Schema,
    Value,
    Wire,
)
from rewrite.schema.opaque import opaque_parts
from rewrite.schema.tree import TreeReader

Read = Callable[..., Schema]

WIDTH = 'schema(1)\ntarget_width("WORD_BITS")\n'


@pytest.fixture
def rules(tmp_path: Path) -> Rules:
    """The tool's rules, with the name that the invented tree gives to a target's width."""
    own = tmp_path / "own-rules"
    own.mkdir()
    (own / "width.py").write_text(WIDTH)
    return load_rules([own])


@pytest.fixture
def read(tmp_path: Path, rules: Rules) -> Read:
    def read_files(
        files: Mapping[str, str], target: str | None = None, only: str | None = None
    ) -> Schema:
        root = make_tree(tmp_path / "tree", files)
        paths = [root / only] if only is not None else [root]
        return TreeReader(root, rules, target).read(paths).schema

    return read_files


def one(schema: Schema, name: str = "lamp") -> Description:
    (found,) = [d for d in schema.descriptions if d.name == name]
    return found


def field(read: Read, text: str, *before: str) -> Field:
    """The last field of a table that has some."""
    fields = "\n".join(f"{line}," for line in (*before, text))
    description = one(read({"hw/lamp.c": table(fields)}))
    assert description.opaque == ""
    return description.fields[-1]


def test_a_number_has_its_wire_its_type_and_its_places(read: Read) -> None:
    found = field(read, "VMSTATE_U32_V(watts, Lamp, 2)")
    declared = Place("include/lamp.h", TYPES[: TYPES.index("watts")].count("\n") + 1)
    assert found == Field(
        "watts", (Value("watts", Wire.BE32, "uint32_t", declared=declared),), version_id=2,
        info="info_u32", type="uint32_t", offset="watts", record="Lamp", flags=("VMS_SINGLE",),
        place=Place("hw/lamp.c", 8),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "wire", "signed"),
    [
        ("VMSTATE_U8(on, Lamp)", Wire.BYTE, False),
        ("VMSTATE_S64(age, Lamp)", Wire.BE64, True),
        ("VMSTATE_U32(inner.x, Lamp)", Wire.BE32, False),
        ("VMSTATE_WORD(word, Lamp)", Wire.TARGET_LONG, False),
    ],
)
def test_the_width_comes_from_the_put_function(
    read: Read, text: str, wire: Wire, signed: bool
) -> None:
    (value,) = field(read, text).contents
    assert isinstance(value, Value)
    assert (value.wire, value.signed) == (wire, signed)


def test_a_condition_is_its_function(read: Read) -> None:
    assert field(read, "VMSTATE_U32_IF(watts, Lamp, is_old)").exists == "is_old"
    assert field(read, "VMSTATE_U32_IF(watts, Lamp, NULL)").exists == ""


COUNTS = [
    ("VMSTATE_ARRAY(steps, Lamp, BULBS, info_u32, uint32_t)", (), Constant(6)),
    ("VMSTATE_ARRAY(steps, Lamp, ARRAY(x), info_u32, uint32_t)", (),
     Unread("(ARRAY(x))", "`ARRAY(x)` is no constant")),
    ("VMSTATE_VARRAY(list, Lamp, count, VMS_VARRAY_INT32 | VMS_POINTER, info_u32, uint32_t)", (),
     Fact("count", "int32_t")),
    ("VMSTATE_VARRAY(list, Lamp, count, VMS_VARRAY_INT32, info_u32, uint32_t)",
     ("VMSTATE_U32(count, Lamp)",), Earlier("count")),
    ("VMSTATE_VARRAY(list, Lamp, few, VMS_VARRAY_UINT16, info_u32, uint32_t)", (),
     Fact("few", "uint16_t")),
    ("VMSTATE_VARRAY(list, Lamp, few, VMS_VARRAY_UINT8, info_u32, uint32_t)", (),
     Unread("VMS_VARRAY_UINT8", "saving and loading differ: only one of them looks at this flag")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "before", "count"), COUNTS)
def test_the_number_of_elements(
    read: Read, text: str, before: tuple[str, ...], count: object
) -> None:
    assert field(read, text, *before).count == count


@pytest.mark.parametrize(
    ("before", "version", "exists", "is_earlier"),
    [
        ("VMSTATE_U32_V(count, Lamp, 1)", 0, "NULL", True),  # the oldest version has it
        ("VMSTATE_U32_V(count, Lamp, 2)", 0, "NULL", False),
        ("VMSTATE_U32_V(count, Lamp, 2)", 2, "NULL", True),
        ("VMSTATE_U32_V(count, Lamp, 2)", 2, "is_new", False),
        ("VMSTATE_U32_IF(count, Lamp, is_new)", 0, "is_new", True),
        ("VMSTATE_U32_IF(count, Lamp, is_new)", 0, "is_old", False),
        ("VMSTATE_U32_IF(count, Lamp, is_new)", 0, "NULL", False),
        ("VMSTATE_ARRAY(count, Lamp, 2, info_u32, uint32_t)", 0, "NULL", False),
    ],
)
def test_a_count_that_may_not_be_in_the_stream_is_a_fact(
    read: Read, before: str, version: int, exists: str, is_earlier: bool
) -> None:
    text = f"""{{ .name = "list", .version_id = {version}, .field_exists = {exists},
        .num_offset = offsetof(Lamp, count), .info = &info_u8, .flags = VMS_VARRAY_INT32,
        .offset = offsetof(Lamp, list) }}"""
    expected = Earlier("count") if is_earlier else Fact("count", "int32_t")
    assert field(read, text, before).count == expected


def test_a_count_may_be_multiplied(read: Read) -> None:
    text = """{ .name = "list", .num_offset = offsetof(Lamp, count), .num = 3, .info = &info_u8,
        .flags = VMS_VARRAY_INT32 | VMS_MULTIPLY_ELEMENTS, .offset = offsetof(Lamp, list) }"""
    expected = Operation("*", (Fact("count", "int32_t"), Constant(3)))
    assert field(read, text).count == expected


def test_bytes_have_a_size(read: Read) -> None:
    assert field(read, "VMSTATE_BYTES(name, Lamp)").contents == (Buffer("name", Constant(24)),)
    product = Operation("*", (Fact("length", "int32_t"), Constant(2)))
    found = field(read, "VMSTATE_VBYTES(text, Lamp, length, 2)")
    assert found.contents == (Buffer("text", product),)
    found = field(read, "VMSTATE_VBYTES(text, Lamp, length, 2)", "VMSTATE_U32(length, Lamp)")
    assert found.contents == (Buffer("text", Operation("*", (Earlier("length"), Constant(2)))),)


def test_padding_means_nothing(read: Read) -> None:
    found = field(read, "VMSTATE_GAP(is_old, sizeof(uint32_t) * EACH)")
    assert found.contents == (Buffer("unused", Constant(12), padding=True),)
    assert found.exists == "is_old"


def test_a_bitmap_is_words_of_64_bits(read: Read) -> None:
    found = field(read, "VMSTATE_BITS(map, Lamp, length)")
    words = Operation(
        "/", (Operation("+", (Fact("length", "int32_t"), Constant(63))), Constant(64))
    )
    assert found.contents == (Loop("map", (Value("map[]", Wire.BE64),), count=words),)


BULB = table("VMSTATE_U8(level, Bulb),", name="bulb").partition("\n")[2]


def with_bulb(fields: str) -> dict[str, str]:
    own = table(fields)
    include, _, rest = own.partition("\n")
    return {"hw/lamp.c": f"{include}\n{BULB}{rest}"}


def test_a_struct_is_a_call_of_its_table(read: Read) -> None:
    schema = read(with_bulb("VMSTATE_STRUCT(bulb, Lamp, vmstate_bulb, Bulb),"))
    (found,) = one(schema).fields
    assert (found.description, found.contents) == ("vmstate_bulb", (Call("vmstate_bulb", "bulb"),))
    assert one(schema, "bulb").fields[0].name == "level"


def test_a_struct_may_be_given_a_version(read: Read) -> None:
    schema = read(with_bulb("VMSTATE_VSTRUCT(bulb, Lamp, vmstate_bulb, Bulb, VERSION),"))
    (found,) = one(schema).fields
    assert found.contents == (Call("vmstate_bulb", "bulb", Constant(4)),)


def test_a_null_pointer_of_an_array_leaves_a_marker(read: Read) -> None:
    text = "VMSTATE_STRUCT_POINTERS(bulbs, Lamp, EACH, vmstate_bulb, Bulb),"
    (found,) = one(read(with_bulb(text))).fields
    marker = Value("bulbs", Wire.BYTE, constant=Constant(0x30))
    there = (Call("vmstate_bulb", "bulbs"),)
    assert found.contents == (Branch(Fact("bulbs[]", "void *"), there, (marker,)),)
    assert (found.count, found.type) == (Constant(3), "Bulb")


def test_a_marker_of_no_known_value_is_told(read: Read) -> None:
    files = with_bulb("VMSTATE_STRUCT_POINTERS(bulbs, Lamp, EACH, vmstate_bulb, Bulb),")
    files["include/migration/vmstate.h"] = HEADER.replace("VMS_NULLPTR_MARKER", "OTHER")
    (reason,) = opaque_parts(one(read(files)))
    assert "VMS_NULLPTR_MARKER" in reason


def test_no_marker_where_the_interpreter_has_none(read: Read) -> None:
    files = with_bulb("VMSTATE_STRUCT_POINTERS(bulbs, Lamp, EACH, vmstate_bulb, Bulb),")
    files["migration/vmstate.c"] = INTERPRETER.replace("vmstate_info_nullptr.put", "no_put")
    (found,) = one(read(files)).fields
    assert found.contents == (Call("vmstate_bulb", "bulbs"),)


def test_a_list_has_a_byte_before_each_element(read: Read) -> None:
    text = "VMSTATE_SPECIAL(bulbs, Lamp, vmstate_info_qlist, &(vmstate_bulb), 8),"
    (found,) = one(read(with_bulb(text))).fields
    head = (Value("bulbs.more", Wire.BYTE),)
    body = (Call("vmstate_bulb", "bulbs[]"),)
    loop = Loop("bulbs", body, condition=Earlier("bulbs.more"), head=head)
    assert found.contents == (loop,)


PAIR = """
#define VMSTATE_LEVEL { .name = "level", .version_id = 1, \\
    .fields = (VMStateField[]) { VMSTATE_U8(level, Bulb), VMSTATE_END() } }
static const VMStateDescription pair[2] = {
    VMSTATE_LEVEL, /* value */
    [1] = { .name = "key", .version_id = 1, .fields = (VMStateField[]) { VMSTATE_END() } },
};
"""


def test_a_tree_has_keys_and_values_of_an_array_of_tables(read: Read) -> None:
    text = table("VMSTATE_SPECIAL(bulbs, Lamp, vmstate_info_gtree, (pair), sizeof(int)),")
    include, _, rest = text.partition("\n")
    schema = read({"hw/lamp.c": include + PAIR + rest})
    count, loop = one(schema).fields[0].contents
    assert count == Value("bulbs.count", Wire.BE32)
    assert isinstance(loop, Loop)
    assert loop.body == (Call("pair[1]", "bulbs[].key"), Call("pair[0]", "bulbs[]"))
    assert (one(schema, "level").symbol, one(schema, "key").symbol) == ("pair[0]", "pair[1]")


def test_an_assertion_is_no_byte(read: Read) -> None:
    found = field(read, 'VMSTATE_ASSERT("sane", is_sane)')
    assert (found.contents, found.count) == ((), Constant(0))


def test_a_macro_may_be_several_fields(read: Read) -> None:
    description = one(read({"hw/lamp.c": table("VMSTATE_TWO(watts, inner.x, Lamp),")}))
    assert [f.name for f in description.fields] == ["watts", "inner.x"]


def test_an_included_list_of_calls_is_read(read: Read) -> None:
    text = table('#define REG(n) VMSTATE_U32(n, Lamp),\n#include "regs.hx"\n#undef REG\n')
    files = {"hw/lamp.c": text, "hw/regs.hx": "/* all */\nREG( watts )\nREG(inner.x)\n"}
    assert [f.name for f in one(read(files)).fields] == ["watts", "inner.x"]


def test_a_list_that_is_not_found_is_not_left_out(read: Read) -> None:
    description = one(read({"hw/lamp.c": table('VMSTATE_U8(on, Lamp),\n#include "none.hx"\n')}))
    assert any("none.hx" in part for part in opaque_parts(description))


def test_what_comes_after_the_end_is_not_there(read: Read) -> None:
    text = table("VMSTATE_U8(on, Lamp), VMSTATE_END(), VMSTATE_U32(watts, Lamp),")
    assert [f.name for f in one(read({"hw/lamp.c": text})).fields] == ["on"]


def test_fields_under_if_say_so(read: Read) -> None:
    text = "#ifdef WIDE\nVMSTATE_U32(watts, Lamp),\n#else\nVMSTATE_U8(on, Lamp),\n#endif\n"
    first, second = one(read({"hw/lamp.c": table(text)})).fields
    (branch,) = first.contents
    assert isinstance(branch, Branch)
    assert branch.condition == Configured("defined(WIDE)")
    assert [type(n) for n in branch.then] == [Value]
    (branch,) = second.contents
    assert isinstance(branch, Branch)
    assert branch.condition == Configured("!defined(WIDE)")


def test_what_no_emulator_is_built_with_is_left_out(read: Read) -> None:
    text = "#ifdef CONFIG_USER_ONLY\nVMSTATE_U32(watts, Lamp),\n#endif\nVMSTATE_U8(on, Lamp),"
    assert [f.name for f in one(read({"hw/lamp.c": table(text)})).fields] == ["on"]


TARGETS = {
    "target/arm/cpu.h": "#ifdef TARGET_AARCH64\n#define WORD_BITS 64\n#define REGS 31\n#else\n"
    "#define WORD_BITS 32\n#define REGS 15\n#endif\n",
    "target/mips/cpu.h": "#define WORD_BITS 32\n#define REGS 32\n",
    "hw/lamp.c": '#include "cpu.h"\n'
    + table("VMSTATE_WORD(word, Lamp), VMSTATE_ARRAY(steps, Lamp, REGS, info_u32, uint32_t),"),
    "target/mips/machine.c": table("VMSTATE_U8(on, Lamp),", name="mips"),
}


@pytest.mark.parametrize(
    ("target", "wire", "count"),
    [("aarch64", Wire.BE64, 31), ("arm", Wire.BE32, 15), ("mips", Wire.BE32, 32)],
)
def test_a_target_decides_what_depends_on_it(
    read: Read, target: str, wire: Wire, count: int
) -> None:
    schema = read(TARGETS, target)
    word, steps = one(schema).fields
    (value,) = word.contents
    assert isinstance(value, Value)
    assert (value.wire, steps.count) == (wire, Constant(count))
    assert (target == "mips") == any(d.name == "mips" for d in schema.descriptions)


def test_without_a_target_nothing_is_guessed(read: Read) -> None:
    fields = one(read(TARGETS)).fields
    assert isinstance(fields[0].contents[0], Value)
    assert fields[0].contents[0].wire is Wire.TARGET_LONG
    steps = fields[1:]
    conditions = [f.contents[0].condition for f in steps if isinstance(f.contents[0], Branch)]
    counts = {str(f.count) for f in steps}
    assert len(conditions) == len(steps) or "?:" in str(counts)
    assert all(f.count != ONE for f in steps)


def test_a_macro_may_define_a_whole_description(read: Read) -> None:
    text = """#include "lamp.h"
#define LAMP_TABLE(n, f) \\
static bool n##_needed(void *opaque) { return true; } \\
const VMStateDescription vmstate_##n = { \\
    .name = "lamp/" #n, .version_id = VERSION, .minimum_version_id = 1, .needed = n##_needed, \\
    .fields = (VMStateField[]) { VMSTATE_U32(f, Lamp), VMSTATE_END() } }
LAMP_TABLE(watts, watts);
LAMP_TABLE(deep, inner.x);
"""
    first, second = read({"hw/lamp.c": text}).descriptions
    assert (first.name, first.symbol, first.place) == (
        "lamp/watts", "vmstate_watts", Place("hw/lamp.c", 7)
    )  # fmt: skip
    assert (second.version_id, second.needed) == (4, "deep_needed")
    assert second.fields[0].name == "inner.x"


SUBSECTIONS = {
    "pointers": "(const VMStateDescription * const []) { &vmstate_bulb, NULL }",
    "structs": "(VMStateSubsection[]) { { .vmsd = &vmstate_bulb, .needed = is_on }, { } }",
    "array": "bulb_parts",
}


@pytest.mark.parametrize("kind", SUBSECTIONS)
def test_subsections(read: Read, kind: str) -> None:
    text = table("VMSTATE_U8(on, Lamp),", f".subsections = {SUBSECTIONS[kind]},")
    include, _, rest = text.partition("\n")
    array = "static const VMStateDescription * const bulb_parts[] = { &vmstate_bulb, NULL };\n"
    schema = read({"hw/lamp.c": f"{include}\n{BULB}{array}{rest}"})
    assert one(schema).subsections == ("vmstate_bulb",)


def test_fields_may_be_an_array_of_their_own(read: Read) -> None:
    text = """#include "lamp.h"
static VMStateField lamp_fields[] = { VMSTATE_U32(watts, Lamp), VMSTATE_END() };
VMStateDescription vmstate_lamp = { .name = "lamp", .version_id = 1, .fields = lamp_fields };
"""
    assert [f.name for f in one(read({"hw/lamp.c": text})).fields] == ["watts"]


def test_a_symbol_means_the_table_that_the_file_sees(read: Read) -> None:
    level = table("VMSTATE_U8(level, Bulb),", name="part").partition("\n")[2]
    own = table("VMSTATE_STRUCT(bulb, Lamp, vmstate_part, Bulb),", name="first")
    other = table("VMSTATE_STRUCT(bulb, Lamp, vmstate_part, Bulb),", name="second")
    files = {}
    for name, text in (("a", own), ("b", other)):
        include, _, rest = text.partition("\n")
        files[f"hw/{name}.c"] = f"{include}\n{level}{rest}"
    schema = read(files)
    symbols = {d.name: d.fields[0].description for d in schema.descriptions}
    assert symbols["first"] == "vmstate_part@hw/a.c"
    assert symbols["second"] == "vmstate_part@hw/b.c"


def test_an_empty_definition_is_a_stub(read: Read) -> None:
    files = {
        "hw/lamp.c": table("VMSTATE_STRUCT(bulb, Lamp, vmstate_bulb, Bulb),"),
        "hw/bulb.c": f'#include "lamp.h"\n{BULB}'.replace("static const", "const"),
        "stubs/bulb.c": "const VMStateDescription vmstate_bulb = {};\n",
    }
    schema = read(files)
    assert [d.symbol for d in schema.descriptions] == ["vmstate_bulb", "vmstate_lamp"]
    assert one(schema).fields[0].description == "vmstate_bulb"


def test_a_table_that_is_nowhere_is_told(read: Read) -> None:
    text = table("VMSTATE_STRUCT(bulb, Lamp, vmstate_none, Bulb),")
    schema = read({"hw/lamp.c": text})
    assert one(schema, "vmstate_none").opaque == "no file of the tree defines it"


def test_one_file_brings_what_it_refers_to(read: Read) -> None:
    files = {
        "hw/lamp.c": table("VMSTATE_STRUCT(bulb, Lamp, vmstate_bulb, Bulb),"),
        "hw/bulb.c": f'#include "lamp.h"\n{BULB}'.replace("static const", "const"),
        "hw/other.c": table("VMSTATE_U8(on, Lamp),", name="other"),
    }
    assert [d.name for d in read(files, only="hw/lamp.c").descriptions] == ["bulb", "lamp"]


OPAQUE_INFOS = {
    "nothing": ("abort();", "calls no function that puts"),
    "an unknown helper": ("lamp_put(f, v);", "a function whose body is not found"),
    "another direction": ("v[0] = qemu_get_byte(f);", "in a function that puts"),
}


def with_info(body: str, before: str = "") -> dict[str, str]:
    text = table("VMSTATE_ONE(watts, Lamp, NULL, 0, info_own, uint32_t),")
    include, _, rest = text.partition("\n")
    info = f"""{before}
static int put_own(QEMUFile *f, void *pv, size_t size) {{ uint8_t *v = pv; {body} }}
static const VMStateInfo info_own = {{ .name = "own", .put = put_own }};
"""
    return {"hw/lamp.c": f"{include}\n{info}{rest}"}


@pytest.mark.parametrize("kind", OPAQUE_INFOS)
def test_a_put_function_without_sense_is_opaque(read: Read, kind: str) -> None:
    body, reason = OPAQUE_INFOS[kind]
    description = one(read(with_info(body)))
    (opaque,) = description.fields[0].contents
    assert isinstance(opaque, Opaque)
    assert reason in opaque.reason
    assert len(opaque_parts(description)) == 1


def test_a_put_function_may_be_as_any_handler(read: Read) -> None:
    body = "int i; for (i = 0; i < 4; i++) {\n qemu_put_byte(f, v[i]);\n }"
    description = one(read(with_info(body)))
    (loop,) = description.fields[0].contents
    assert isinstance(loop, Loop)
    assert (loop.count, [type(n) for n in loop.body]) == (Constant(4), [Value])
    assert loop.body[0].name.startswith("watts")  # type: ignore[union-attr]
    body = "if (v[0]) {\n qemu_put_buffer(f, v, size);\n }"
    (branch,) = one(read(with_info(body))).fields[0].contents
    assert isinstance(branch, Branch)
    assert isinstance(branch.then[0], Buffer)
    assert branch.then[0].size == Constant(4)


def test_a_stream_that_goes_elsewhere_is_followed(read: Read) -> None:
    """What a callback puts is not passed over, as if it were nothing."""
    body = "for_each(v, put_each, f); qemu_put_byte(f, 0);"
    (found,) = one(read(with_info(body))).fields
    assert any(isinstance(node, Opaque) for node in found.contents)


def test_an_enumerator_is_no_macro_of_another_target(read: Read) -> None:
    files = {
        "target/arm/cpu.h": "#define SLOTS 4\n",
        "target/sparc/cpu.h": "int other;\n",
        "hw/lamp.c": '#include "cpu.h"\nenum { SLOTS = 6 };\n'
        + table("VMSTATE_ARRAY(steps, Lamp, SLOTS, info_u32, uint32_t),"),
    }
    assert one(read(files)).fields[0].count == Constant(6)


def test_an_info_without_a_name_is_read_by_its_functions(read: Read) -> None:
    functions = """
static int put_own(QEMUFile *f, void *pv, size_t size) { abort(); }
static int get_own(QEMUFile *f, void *opaque, size_t size)
{
    Lamp *s = opaque;
    int n = qemu_get_byte(f);
    if (n) {
        qemu_get_buffer(f, s->tail, size);
    }
    return 0;
}
"""
    literal = '&(const VMStateInfo) { .name = "own", .get = get_own, .put = put_own, }'
    field = f'{{ .name = "own", .flags = VMS_SINGLE, .size = 6, .info = {literal} }},'
    include, _, rest = table(field).partition("\n")
    (found,) = one(read({"hw/lamp.c": f"{include}\n{functions}{rest}"})).fields
    assert found.info == "put_own/get_own"
    value, branch = found.contents
    assert isinstance(value, Value)
    assert isinstance(branch, Branch)
    assert branch.condition == Earlier(value.name)
    (buffer,) = branch.then
    assert isinstance(buffer, Buffer)
    assert (value.name.split(".")[0], buffer.name, buffer.size) == ("own", "own.tail", Constant(6))


def test_the_values_of_a_put_function_in_order(read: Read) -> None:
    helper = "static void put_pair(QEMUFile *f, Pair *p) { qemu_put_be16(f, p->b); }"
    body = "qemu_put_byte(f, EACH); put_pair(f, &v->pair); qemu_put_buffer(f, v->tail, size);"
    (found,) = one(read(with_info(body, helper))).fields
    assert found.contents == (
        Value("watts", Wire.BYTE, "uint32_t", constant=Constant(3))
        if len(found.contents) == 1
        else Value("watts", Wire.BYTE, constant=Constant(3)),
        Value("watts.pair.b", Wire.BE16),
        Buffer("watts.tail", Constant(4)),
    )


def test_what_only_old_versions_have_is_what_get_reads(read: Read) -> None:
    files = with_info("abort();", "static int get_own(QEMUFile *f, void *pv, size_t size)\n"
                      "{ uint32_t *v = pv; *v = qemu_get_ubyte(f); return 0; }")  # fmt: skip
    files["hw/lamp.c"] = files["hw/lamp.c"].replace(".put =", ".get = get_own, .put =")
    (value,) = one(read(files)).fields[0].contents
    assert isinstance(value, Value)
    assert value.wire is Wire.BYTE


def test_an_info_may_stand_in_the_field(read: Read) -> None:
    text = table("""{ .name = "age", .info = &(const VMStateInfo) { .name = "age",
        .put = put_age }, .flags = VMS_SINGLE, .offset = offsetof(Lamp, age) },""")
    include, _, rest = text.partition("\n")
    put = "static int put_age(QEMUFile *f, void *pv, size_t s) { qemu_put_be64(f, *v); return 0; }"
    (value,) = one(read({"hw/lamp.c": f"{include}\n{put}\n{rest}"})).fields[0].contents
    assert isinstance(value, Value)
    assert (value.wire, value.type) == (Wire.BE64, "int64_t")


def test_of_two_infos_under_if_each_has_its_own(read: Read) -> None:
    text = table("VMSTATE_ONE(watts, Lamp, NULL, 0, info_own, uint32_t),")
    include, _, rest = text.partition("\n")
    both = "".join(
        f"{line}\nstatic int put_own(QEMUFile *f, void *pv, size_t s) {{ {call}(f, *v); return 0; }}\n"
        'static const VMStateInfo info_own = { .name = "own", .put = put_own };\n'
        for line, call in (("#ifdef BIG", "qemu_put_be64"), ("#else", "qemu_put_be16"))
    )
    found = one(read({"hw/lamp.c": f"{include}\n{both}#endif\n{rest}"})).fields[0].contents
    (branch,) = found
    assert isinstance(branch, Branch)
    assert branch.condition == Configured("defined(BIG)")
    wires = [n.wire for n in (*branch.then, *branch.otherwise) if isinstance(n, Value)]
    assert wires == [Wire.BE64, Wire.BE16]


SECTIONS = """
void one(void) { vmstate_register(NULL, 0, &vmstate_lamp, s); }
void two(void) { vmstate_register(0, &vmstate_lamp, s); vmstate_register_any(NULL, pick(), s); }
static void lamp_class_init(ObjectClass *klass, void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_CLASS(klass);
    dc->vmsd = &vmstate_lamp;
    vdc->vmsd = &vmstate_lamp;
}
static DeviceInfo info = { .name = "lamp", .vmsd = &vmstate_lamp };
int vmstate_register(DeviceState *dev, int id, const VMStateDescription *vmsd, void *opaque);
"""


def test_sections_are_what_is_registered(read: Read) -> None:
    text = table("VMSTATE_U8(on, Lamp),")
    start = text.count("\n")
    schema = read({"hw/lamp.c": text + SECTIONS})
    lines = [s.place.line - start for s in schema.sections if s.description]
    assert lines == [2, 3, 8, 11]
    assert {(s.idstr, s.version_id) for s in schema.sections if s.description} == {("lamp", 2)}
    (unknown,) = [s for s in schema.sections if not s.description]
    assert (unknown.idstr, unknown.version_id) == ("pick()", None)
    assert isinstance(unknown.save[0], Opaque)


def test_a_version_that_is_not_known_is_told(read: Read) -> None:
    text = table("VMSTATE_U8(on, Lamp),").replace(".version_id = 2", ".version_id = sizeof(long)")
    description = one(read({"hw/lamp.c": text}))
    assert "its version_id `sizeof(long)` is not known" in description.opaque


BROKEN = {
    "an unknown macro": ("VMSTATE_NONE(watts, Lamp),", "it is no initialiser of a field"),
    "too few arguments": ("VMSTATE_U32(watts),", "takes 2 arguments, not 1"),
    "an unknown info": ("VMSTATE_ONE(on, Lamp, NULL, 0, info_x, uint8_t),", "no VMStateInfo"),
    "no info": ('{ .name = "on", .offset = offsetof(Lamp, on) },', "it has no VMStateInfo"),
    "no table": ('{ .name = "on", .flags = VMS_STRUCT },', "its table is not named"),
    "an unknown version": ("VMSTATE_U32_V(watts, Lamp, NONE),", "NONE has no value"),
    "a bracket too many": ("VMSTATE_U32(watts, (Lamp),", "takes 2 arguments, not 3"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_not_understood_is_told_with_its_reason(read: Read, kind: str) -> None:
    text, reason = BROKEN[kind]
    (description,) = read({"hw/lamp.c": table(text)}).descriptions
    parts = opaque_parts(description)
    assert parts
    assert any(reason in part for part in parts), parts


def test_the_rest_of_a_table_is_read_beside_what_is_broken(read: Read) -> None:
    text = "VMSTATE_NONE(watts, Lamp), VMSTATE_U8(on, Lamp),"
    first, second = one(read({"hw/lamp.c": table(text)})).fields
    assert isinstance(first.contents[0], Opaque)
    assert replace(second, place=None).name == "on"


WATTS = "VMSTATE_U32(watts, Lamp),"
SETS = "void __attribute__((constructor)) set_up(void)\n{\n    %s;\n}\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (table("VMSTATE_U32(\n#ifdef CONFIG_A\nwatts\n#else\ncount\n#endif\n, Lamp),"),
         "an #if chooses a part of it"),
        (table('{ "watts", 0, 4 },'), "a member without its name"),
        (table('{ .name = "x", .info = &info_u8, .num = 4, .flags = 1 ? VMS_SINGLE : VMS_ARRAY },'),
         "are no list of names"),
        (table(WATTS, "#ifdef CONFIG_A\n.version_id = 3,\n#endif"), "its version_id depends on"),
        (table(WATTS) + SETS % "vmstate_lamp.version_id = 9", "the file's code changes it"),
        (table(WATTS) + SETS % "vmstate_lamp.fields[0].info = &info_u8", "code changes it"),
        ('#include "lamp.h"\nstatic VMStateField list[] = { ' + WATTS + " {} };\n"
         "static VMStateDescription vmstate_lamp = { .fields = list };\n"
         + SETS % "list[0].num = 4", "the file's code changes its fields"),
    ],
    ids=["#if inside", "positional", "flags", "members under #if", "version set", "field set",
         "list set"],
)  # fmt: skip
def test_what_a_compiler_knows_better_is_unknown(read: Read, text: str, reason: str) -> None:
    (lamp,) = read({"hw/lamp.c": text}).descriptions
    assert any(reason in part for part in opaque_parts(lamp)), opaque_parts(lamp)


@pytest.mark.parametrize(
    ("fields", "members", "wires"),
    [
        ("TAIL", "", [Wire.BYTE]),
        ('{ .name = "x", .info = &info_u8, .flags = VMS_SINGLE, .info = &info_u32 },', "",
         [Wire.BE32]),
        (WATTS, ".version_id = 4,", [Wire.BE32]),
    ],
    ids=["an end inside a macro", "a member given twice", "a version given twice"],
)  # fmt: skip
def test_what_c_makes_of_it(read: Read, fields: str, members: str, wires: list[Wire]) -> None:
    tail = "#define TAIL VMSTATE_U8(on, Lamp), VMSTATE_END(), VMSTATE_U32(watts, Lamp),\n"
    (lamp,) = read({"hw/lamp.c": tail + table(fields, members)}).descriptions
    assert opaque_parts(lamp) == []
    assert [f.contents[0].wire for f in lamp.fields if isinstance(f.contents[0], Value)] == wires
    assert lamp.version_id == (4 if members else 2)


def test_a_static_info_is_of_its_own_file(read: Read) -> None:
    """Not of another that has one of that name from a header."""
    other = "static void put(QEMUFile *f, void *pv, size_t size)\n{\n    qemu_put_be64(f, 3);\n}\n" \
            "static const VMStateInfo info_u8 = { .put = put };\n"  # fmt: skip
    on = "VMSTATE_U8(on, Lamp),"
    schema = read({"hw/lamp.c": table(on), "hw/hub.c": other + table(on, name="hub")})
    found = {d.name: d.fields[0].contents for d in schema.descriptions}
    assert [isinstance(n, Value) and n.wire for n in found["lamp"]] == [Wire.BYTE]
    assert [isinstance(n, Value) and n.wire for n in found["hub"]] == [Wire.BE64]
