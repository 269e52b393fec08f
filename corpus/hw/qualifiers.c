/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * const, volatile and register: nothing may write to a constant, a volatile is read exactly once,
 * a register has no address. Puts of them use a compound literal; gets into a volatile or a
 * register use a temporary.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct BeaconState {
    const uint32_t ident;
    volatile uint32_t flashes;
    uint32_t colour;
} BeaconState;

static const uint32_t beacon_palette[4] = { 0xff0000, 0x00ff00, 0x0000ff, 0xffffff };
static const uint8_t beacon_revision = 7;

static void beacon_save_view(QEMUFile *f, const BeaconState *s)
{
    qemu_put_be32(f, s->colour);
    qemu_put_be32s(f, &s->colour);
}

static void beacon_save(QEMUFile *f, void *opaque)
{
    BeaconState *s = opaque;
    const uint16_t tag = (uint16_t)s->ident;
    register uint32_t sum = s->colour;

    qemu_put_byte(f, beacon_revision);
    qemu_put_be32(f, s->ident);
    qemu_put_be32(f, s->flashes);
    qemu_put_be32(f, beacon_palette[s->colour & 3]);
    qemu_put_be16(f, tag);
    qemu_put_be32(f, sum);
    beacon_save_view(f, s);
}

static int beacon_load(QEMUFile *f, void *opaque, int version_id)
{
    BeaconState *s = opaque;
    register uint32_t sum;

    if (version_id != 1) {
        return -EINVAL;
    }
    if (qemu_get_byte(f) != beacon_revision) {
        return -EINVAL;
    }
    qemu_get_be32(f);
    s->flashes = qemu_get_be32(f);
    qemu_get_be32(f);
    qemu_get_be16(f);
    sum = qemu_get_be32(f);
    s->colour = qemu_get_be32(f);
    qemu_get_be32s(f, &s->colour);
    return sum == s->colour ? 0 : -EINVAL;
}

void beacon_init(BeaconState *s)
{
    register_savevm(NULL, "beacon", 0, 1, beacon_save, beacon_load, s);
}

CORPUS_CASE(BeaconState, beacon_save, beacon_load, 1);
