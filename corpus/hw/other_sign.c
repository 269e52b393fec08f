/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Same width, other sign: the visit takes the type that the field is declared with, whatever sign
 * the primitive has. The bytes are the same either way.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct CraneState {
    int32_t boom;
    uint32_t winch;
    int64_t load_grams;
    uint64_t travel;
    int8_t hook;
    uint8_t cabin;
    int16_t swing;
    uint16_t rail;
    int counter;
} CraneState;

static void crane_save(QEMUFile *f, void *opaque)
{
    CraneState *s = opaque;

    qemu_put_be32(f, s->boom);
    qemu_put_sbe32(f, s->winch);
    qemu_put_be64(f, s->load_grams);
    qemu_put_sbe64(f, s->travel);
    qemu_put_byte(f, s->hook);
    qemu_put_sbyte(f, s->cabin);
    qemu_put_be16(f, s->swing);
    qemu_put_sbe16(f, s->rail);
    qemu_put_be32(f, s->counter);
}

static int crane_load(QEMUFile *f, void *opaque, int version_id)
{
    CraneState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->boom = qemu_get_be32(f);
    s->winch = qemu_get_sbe32(f);
    s->load_grams = qemu_get_be64(f);
    s->travel = qemu_get_sbe64(f);
    s->hook = qemu_get_byte(f);
    s->cabin = qemu_get_sbyte(f);
    s->swing = qemu_get_be16(f);
    s->rail = qemu_get_sbe16(f);
    s->counter = qemu_get_be32(f);
    return 0;
}

void crane_init(CraneState *s)
{
    register_savevm(NULL, "crane", 0, 1, crane_save, crane_load, s);
}

CORPUS_CASE(CraneState, crane_save, crane_load, 1);
