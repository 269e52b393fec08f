/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Types that are a fixed width by ABI: int is int32_t, unsigned char uint8_t, short int16_t and so
 * on, however the words are ordered. All of them are visited where they are.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct LoomState {
    int warp;
    unsigned int weft;
    unsigned shuttle;
    signed tension;
    unsigned char row;
    signed char lean;
    unsigned short width;
    short unsigned int height;
    short shift;
} LoomState;

static void loom_save(QEMUFile *f, void *opaque)
{
    LoomState *s = opaque;

    qemu_put_sbe32(f, s->warp);
    qemu_put_be32(f, s->weft);
    qemu_put_be32(f, s->shuttle);
    qemu_put_sbe32(f, s->tension);
    qemu_put_byte(f, s->row);
    qemu_put_sbyte(f, s->lean);
    qemu_put_be16(f, s->width);
    qemu_put_be16(f, s->height);
    qemu_put_sbe16(f, s->shift);
}

static int loom_load(QEMUFile *f, void *opaque, int version_id)
{
    LoomState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->warp = qemu_get_sbe32(f);
    s->weft = qemu_get_be32(f);
    s->shuttle = qemu_get_be32(f);
    s->tension = qemu_get_sbe32(f);
    s->row = qemu_get_byte(f);
    s->lean = qemu_get_sbyte(f);
    s->width = qemu_get_be16(f);
    s->height = qemu_get_be16(f);
    s->shift = qemu_get_sbe16(f);
    return 0;
}

void loom_init(LoomState *s)
{
    register_savevm(NULL, "loom", 0, 1, loom_save, loom_load, s);
}

CORPUS_CASE(LoomState, loom_save, loom_load, 1);
