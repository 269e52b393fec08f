# SPDX-License-Identifier: GPL-2.0-or-later
"""A small tree with VMState tables, invented: its own macros, interpreter and infos."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

HEADER = r"""
#ifndef LAMP_VMSTATE_H
#define LAMP_VMSTATE_H
enum VMStateFlags {
    VMS_SINGLE = 1, VMS_POINTER = 2, VMS_ARRAY = 4, VMS_STRUCT = 8, VMS_VARRAY_INT32 = 16,
    VMS_BUFFER = 32, VMS_ARRAY_OF_POINTER = 64, VMS_VARRAY_UINT16 = 128, VMS_VBUFFER = 256,
    VMS_MULTIPLY = 512, VMS_VARRAY_UINT8 = 1024, VMS_VARRAY_UINT32 = 2048, VMS_MUST_EXIST = 4096,
    VMS_MULTIPLY_ELEMENTS = 16384, VMS_VSTRUCT = 32768,
};
#define stringify(s) tostring(s)
#define tostring(s) #s
#define member(_s, _f, _t) (offsetof(_s, _f) + ((_t *)0 - (typeof(((_s *)0)->_f) *)0))
#define VMS_NULLPTR_MARKER 0x30U
#define VMSTATE_ONE(_f, _s, _test, _v, _info, _type) {  \
    .name = (stringify(_f)), .version_id = (_v), .field_exists = (_test), \
    .size = sizeof(_type), .info = &(_info), .flags = VMS_SINGLE, \
    .offset = member(_s, _f, _type), \
}
#define VMSTATE_U8(_f, _s) VMSTATE_ONE(_f, _s, NULL, 0, info_u8, uint8_t)
#define VMSTATE_U32(_f, _s) VMSTATE_U32_V(_f, _s, 0)
#define VMSTATE_U32_V(_f, _s, _v) VMSTATE_ONE(_f, _s, NULL, _v, info_u32, uint32_t)
#define VMSTATE_U32_IF(_f, _s, _t) VMSTATE_ONE(_f, _s, _t, 0, info_u32, uint32_t)
#define VMSTATE_S64(_f, _s) VMSTATE_ONE(_f, _s, NULL, 0, info_s64, int64_t)
#if WORD_BITS == 64
#define VMSTATE_WORD(_f, _s) VMSTATE_ONE(_f, _s, NULL, 0, info_u64, uint64_t)
#else
#define VMSTATE_WORD(_f, _s) VMSTATE_U32(_f, _s)
#endif
#define VMSTATE_ARRAY(_f, _s, _n, _info, _type) { \
    .name = (stringify(_f)), .num = (_n), .info = &(_info), .size = sizeof(_type), \
    .flags = VMS_ARRAY, .offset = member(_s, _f, _type[_n]), \
}
#define VMSTATE_VARRAY(_f, _s, _num, _flags, _info, _type) { \
    .name = (stringify(_f)), .num_offset = member(_s, _num, int32_t), .info = &(_info), \
    .size = sizeof(_type), .flags = _flags, .offset = member(_s, _f, _type), \
}
#define VMSTATE_STRUCT(_f, _s, _vmsd, _type) { \
    .name = (stringify(_f)), .vmsd = &(_vmsd), .size = sizeof(_type), .flags = VMS_STRUCT, \
    .offset = member(_s, _f, _type), \
}
#define VMSTATE_VSTRUCT(_f, _s, _vmsd, _type, _v) { \
    .name = (stringify(_f)), .vmsd = &(_vmsd), .flags = VMS_VSTRUCT, .struct_version_id = _v, \
    .offset = member(_s, _f, _type), \
}
#define VMSTATE_STRUCT_POINTERS(_f, _s, _n, _vmsd, _type) { \
    .name = (stringify(_f)), .num = (_n), .vmsd = &(_vmsd), .size = sizeof(_type *), \
    .flags = VMS_ARRAY | VMS_STRUCT | VMS_ARRAY_OF_POINTER, .offset = member(_s, _f, _type *[_n]), \
}
#define VMSTATE_BYTES(_f, _s) { \
    .name = (stringify(_f)), .size = sizeof(typeof(((_s *)0)->_f)), .info = &vmstate_info_buffer, \
    .flags = VMS_BUFFER, .offset = offsetof(_s, _f), \
}
#define VMSTATE_VBYTES(_f, _s, _size, _times) { \
    .name = (stringify(_f)), .size_offset = member(_s, _size, int32_t), .size = (_times), \
    .info = &vmstate_info_buffer, .flags = VMS_VBUFFER | VMS_POINTER | VMS_MULTIPLY, \
    .offset = offsetof(_s, _f), \
}
#define VMSTATE_GAP(_test, _size) { \
    .name = "unused", .field_exists = (_test), .size = (_size), \
    .info = &vmstate_info_unused_buffer, .flags = VMS_BUFFER, \
}
#define VMSTATE_SPECIAL(_f, _s, _info, _vmsd, _start) { \
    .name = (stringify(_f)), .info = &(_info), .vmsd = _vmsd, .start = _start, \
    .offset = offsetof(_s, _f), \
}
#define VMSTATE_BITS(_f, _s, _size) { \
    .name = (stringify(_f)), .size_offset = member(_s, _size, int32_t), \
    .info = &vmstate_info_bitmap, .flags = VMS_VBUFFER | VMS_POINTER, .offset = offsetof(_s, _f), \
}
#define VMSTATE_ASSERT(_name, _test) { \
    .name = (_name), .field_exists = (_test), .flags = VMS_ARRAY | VMS_MUST_EXIST, .num = 0, \
}
#define VMSTATE_TWO(_a, _b, _s) VMSTATE_U32(_a, _s), VMSTATE_U32(_b, _s)
#define VMSTATE_END() {}
#endif
"""

INTERPRETER = r"""
#include "migration/vmstate.h"
static int vmstate_n_elems(void *opaque, const VMStateField *field)
{
    if (field->flags & VMS_ARRAY) {
    } else if (field->flags & VMS_VARRAY_INT32) {
    } else if (field->flags & VMS_VARRAY_UINT16) {
    } else if (field->flags & VMS_VARRAY_UINT32) {
    }
    if (field->flags & VMS_MULTIPLY_ELEMENTS) {
    }
}
int vmstate_save_state(QEMUFile *f, const VMStateDescription *vmsd, void *opaque)
{
    if (field->flags & VMS_STRUCT || field->flags & VMS_VSTRUCT || field->flags & VMS_POINTER) {
        vmstate_info_nullptr.put(f, curr_elem, size);
    }
}
int vmstate_load_state(QEMUFile *f, const VMStateDescription *vmsd, void *opaque, int version_id)
{
    if (field->flags & VMS_STRUCT || field->flags & VMS_VSTRUCT || field->flags & VMS_VARRAY_UINT8) {
    }
}
static void put_u8(QEMUFile *f, void *pv, size_t size)
{
    uint8_t *v = pv;
    qemu_put_8s(f, v);
}
static int get_u8(QEMUFile *f, void *pv, size_t size)
{
    uint8_t *v = pv;
    qemu_get_8s(f, v);
    return 0;
}
const VMStateInfo info_u8 = { .name = "u8", .get = get_u8, .put = put_u8 };
static int put_u32(QEMUFile *f, void *pv, size_t size)
{
    uint32_t *v = pv;
    if (trace) {
        log_it(v);
    }
    qemu_put_be32s(f, v);
    return 0;
}
const VMStateInfo info_u32 = { .name = "u32", .put = put_u32, };
static void put_u64(QEMUFile *f, void *pv, size_t size) { qemu_put_be64s(f, pv); }
const VMStateInfo info_u64 = { .name = "u64", .put = put_u64, };
static void put_s64(QEMUFile *f, void *pv, size_t size) { qemu_put_sbe64s(f, pv); }
const VMStateInfo info_s64 = { .name = "s64", .put = put_s64, };
"""

TYPES = r"""
#include "migration/vmstate.h"
#define BULBS (2 * EACH)
enum { EACH = 3, VERSION = EACH + 1 };
typedef struct Bulb { uint8_t level; } Bulb;
typedef struct Lamp {
    uint32_t watts;
    uint8_t on;
    int64_t age;
    uint32_t steps[BULBS];
    int32_t count;
    uint32_t *list;
    uint16_t few;
    Bulb bulb;
    Bulb *bulbs[BULBS];
    uint8_t name[4 * BULBS];
    uint8_t *text;
    int32_t length;
    target_word word;
    unsigned long *map;
    struct { uint32_t x; } inner;
} Lamp;
"""


def make_tree(root: Path, files: Mapping[str, str]) -> Path:
    """A tree with the header, the interpreter and some files more."""
    own = {
        ".rewrite.toml": "",
        "include/migration/vmstate.h": HEADER,
        "include/lamp.h": TYPES,
        "migration/vmstate.c": INTERPRETER,
    }
    for name, text in {**own, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def table(fields: str, members: str = "", name: str = "lamp") -> str:
    """A file with one description of some fields."""
    return f"""#include "lamp.h"
static const VMStateDescription vmstate_{name} = {{
    .name = "{name}",
    .version_id = 2,
    .minimum_version_id = 1,
    {members}
    .fields = (const VMStateField[]) {{
        {fields}
        VMSTATE_END()
    }},
}};
"""
