/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The visit functions: each hands its value to the format of the visitor's stream. */
#include "qemu-file.h"

#include "hw/hw.h"
#include "migration/visitor-support.h"

#define FNV_START 0xcbf29ce484222325u
#define FNV_PRIME 0x100000001b3u

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
    const uint8_t *at = bytes, *end = at + size;

    while (at < end) {
        hash = (hash ^ *at++) * FNV_PRIME;
    }
    return hash;
}

static void trace_step(VisitTrace *trace, const char *name, size_t bytes)
{
    uint64_t hash = FNV_START;
    size_t last = trace->steps - 1;

    if (trace->steps > 0 && last < TRACE_STEPS) {
        hash = trace->hashes[last];
    }
    if (trace->steps < TRACE_STEPS) {
        hash = hash_bytes(hash, name, strlen(name) + 1);
        trace->hashes[trace->steps] = hash_bytes(hash, &bytes, sizeof(bytes));
    }
    trace->steps++;
}

bool trace_is_start_of(const VisitTrace *part, const VisitTrace *whole)
{
    size_t last = part->steps - 1;

    return part->steps == 0 || (part->steps <= whole->steps && whole->steps <= TRACE_STEPS &&
                                part->hashes[last] == whole->hashes[last]);
}

bool integer_fits(bool negative, uint64_t value, int bits)
{
    if (negative) {
        return value >= -(UINT64_C(1) << (bits - 1));
    }
    return bits == 64 || value >> bits == 0;
}

static bool visit_integer(Visitor *v, const char *name, int bits, bool has_sign, uint64_t *value)
{
    if (v->trace) {
        trace_step(v->trace, name, bits / 8);
    }
    return v->format->integer(v->file, name, bits, has_sign, value);
}

/* On output an object is read and never written, so it may be const. */
#define DEFINE_VISIT(function, type, bits, has_sign) \
    bool function(Visitor *v, const char *name, type *obj, Error **errp) \
    { \
        uint64_t value = v->format->input ? 0 : (uint64_t)*obj; \
        bool done = visit_integer(v, name, bits, has_sign, &value); \
        \
        (void)errp; \
        if (v->format->input) { \
            *obj = (type)value; \
        } \
        return done; \
    }

DEFINE_VISIT(visit_type_uint8, uint8_t, 8, false)
DEFINE_VISIT(visit_type_uint16, uint16_t, 16, false)
DEFINE_VISIT(visit_type_uint32, uint32_t, 32, false)
DEFINE_VISIT(visit_type_uint64, uint64_t, 64, false)
DEFINE_VISIT(visit_type_int8, int8_t, 8, true)
DEFINE_VISIT(visit_type_int16, int16_t, 16, true)
DEFINE_VISIT(visit_type_int32, int32_t, 32, true)
DEFINE_VISIT(visit_type_int64, int64_t, 64, true)

bool visit_type_bool(Visitor *v, const char *name, bool *obj, Error **errp)
{
    (void)errp;
    if (v->trace) {
        trace_step(v->trace, name, 1);
    }
    return v->format->boolean(v->file, name, obj);
}

size_t visit_type_buffer(Visitor *v, const char *name, void *p, size_t size, Error **errp)
{
    (void)errp;
    if (v->trace) {
        trace_step(v->trace, name, ~size);
    }
    return v->format->buffer(v->file, name, p, size);
}
