/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Included before everything else in a converted case, in place of the #include lines that a tree
 * gets. Cases of a target have cpu.h beside them. A target's long is visited as the fixed width it
 * has, so that cases of targets with 32 and with 64 bits fit into one program.
 */
#ifdef CORPUS_TARGET
#include "cpu.h"
#if TARGET_LONG_BITS == 64
#define visit_type_uinttl visit_type_uint64
#define visit_type_inttl visit_type_int64
#else
#define visit_type_uinttl visit_type_uint32
#define visit_type_inttl visit_type_int32
#endif
#endif

#include "migration/visitor-support.h"

/* The object before the name, as until QEMU 2.5; functions, as theirs: an argument may hold a comma. */
#ifdef CORPUS_DIALECT_1_2
#define OBJECT_FIRST(type, c_type) \
    static inline bool object_first_##type(Visitor *v, c_type *obj, const char *name, Error **errp) \
    { \
        return visit_type_##type(v, name, obj, errp); \
    }
OBJECT_FIRST(uint8, uint8_t)
OBJECT_FIRST(uint16, uint16_t)
OBJECT_FIRST(uint32, uint32_t)
OBJECT_FIRST(uint64, uint64_t)
OBJECT_FIRST(int8, int8_t)
OBJECT_FIRST(int16, int16_t)
OBJECT_FIRST(int32, int32_t)
OBJECT_FIRST(int64, int64_t)
OBJECT_FIRST(bool, bool)

static inline size_t object_first_buffer(Visitor *v, void *p, size_t size, const char *name,
                                         Error **errp)
{
    return visit_type_buffer(v, name, p, size, errp);
}

#define visit_type_uint8 object_first_uint8
#define visit_type_uint16 object_first_uint16
#define visit_type_uint32 object_first_uint32
#define visit_type_uint64 object_first_uint64
#define visit_type_int8 object_first_int8
#define visit_type_int16 object_first_int16
#define visit_type_int32 object_first_int32
#define visit_type_int64 object_first_int64
#define visit_type_bool object_first_bool
#define visit_type_buffer object_first_buffer
#endif

/* The spelling of the mail that proposed the conversion. */
#ifdef CORPUS_DIALECT_rfc
#define visit_type_u8 visit_type_uint8
#define visit_type_u16 visit_type_uint16
#define visit_type_u32 visit_type_uint32
#define visit_type_u64 visit_type_uint64
#define visit_type_s8 visit_type_int8
#define visit_type_s16 visit_type_int16
#define visit_type_s32 visit_type_int32
#define visit_type_s64 visit_type_int64
#define visit_type_utl visit_type_uinttl
#define visit_type_stl visit_type_inttl
#endif
