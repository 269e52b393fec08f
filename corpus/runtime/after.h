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

/* The object before the name, as until QEMU 2.5. */
#ifdef CORPUS_DIALECT_1_2
#define visit_type_uint8(v, obj, name, errp) visit_type_uint8(v, name, obj, errp)
#define visit_type_uint16(v, obj, name, errp) visit_type_uint16(v, name, obj, errp)
#define visit_type_uint32(v, obj, name, errp) visit_type_uint32(v, name, obj, errp)
#define visit_type_uint64(v, obj, name, errp) visit_type_uint64(v, name, obj, errp)
#define visit_type_int8(v, obj, name, errp) visit_type_int8(v, name, obj, errp)
#define visit_type_int16(v, obj, name, errp) visit_type_int16(v, name, obj, errp)
#define visit_type_int32(v, obj, name, errp) visit_type_int32(v, name, obj, errp)
#define visit_type_int64(v, obj, name, errp) visit_type_int64(v, name, obj, errp)
#define visit_type_bool(v, obj, name, errp) visit_type_bool(v, name, obj, errp)
#define visit_type_buffer(v, p, size, name, errp) visit_type_buffer(v, name, p, size, errp)
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
