/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operands without an address: calls, arithmetic, a ternary, casts, literals with and without a
 * sign, logic. Each is evaluated once, in a compound literal, and cut to the wire's width.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define VALVE_MAGIC 0x56414c56

typedef struct ValveState {
    uint32_t flags;
    uint32_t angle;
    uint16_t left;
    uint16_t right;
    uint64_t seen;
} ValveState;

static uint32_t valve_pack(const ValveState *s)
{
    return (uint32_t)s->left << 16 | s->right;
}

static void valve_unpack(ValveState *s, uint32_t packed)
{
    s->left = packed >> 16;
    s->right = packed & 0xffff;
}

static void valve_save(QEMUFile *f, void *opaque)
{
    ValveState *s = opaque;

    qemu_put_be32(f, VALVE_MAGIC);
    qemu_put_sbe32(f, -1);
    qemu_put_sbyte(f, -2);
    qemu_put_be32(f, valve_pack(s));
    qemu_put_be32(f, s->angle + 1);
    qemu_put_be16(f, s->left ^ s->right);
    qemu_put_byte(f, s->flags & 1 ? 'L' : 'R');
    qemu_put_byte(f, !!(s->flags & 2));
    qemu_put_be16(f, (uint16_t)s->seen);
    qemu_put_be64(f, (s->seen));
    qemu_put_be32(f, (uint32_t)(s->seen >> 32));
    qemu_put_byte(f, sizeof(s->flags));
    qemu_put_be32(f, ~s->flags);
}

static int valve_load(QEMUFile *f, void *opaque, int version_id)
{
    ValveState *s = opaque;

    if (version_id != 1 || qemu_get_be32(f) != VALVE_MAGIC) {
        return -EINVAL;
    }
    if (qemu_get_sbe32(f) != -1) {
        return -EINVAL;
    }
    qemu_get_sbyte(f);
    valve_unpack(s, qemu_get_be32(f));
    s->angle = qemu_get_be32(f) - 1;
    qemu_get_be16(f);
    qemu_get_byte(f);
    qemu_get_byte(f);
    qemu_get_be16(f);
    s->seen = qemu_get_be64(f);
    qemu_get_be32(f);
    qemu_get_byte(f);
    s->flags = ~qemu_get_be32(f);
    return 0;
}

void valve_init(ValveState *s)
{
    register_savevm(NULL, "valve", 0, 1, valve_save, valve_load, s);
}

CORPUS_CASE(ValveState, valve_save, valve_load, 1);
