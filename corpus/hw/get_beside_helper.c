/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A get beside a helper that reads from the same stream: two reads whose order C leaves open, though
 * only one of them is a primitive. Refused; the helper itself is converted. Beside a call that never
 * sees the stream a get is converted in its place.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct BrineState {
    uint32_t salt;
    uint32_t water;
    uint16_t heat;
} BrineState;

static uint32_t brine_read(QEMUFile *f)
{
    return qemu_get_be32(f) / 2;
}

static uint32_t brine_scale(const BrineState *s)
{
    return s->heat ? 2 : 1;
}

static void brine_load_salt(QEMUFile *f, BrineState *s)
{
    s->salt = brine_read(f) + qemu_get_be32(f); /* want: order-open */
}

static void brine_save(QEMUFile *f, void *opaque)
{
    BrineState *s = opaque;

    qemu_put_be16(f, s->heat);
    qemu_put_be32(f, s->salt);
    qemu_put_be32(f, s->salt);
    qemu_put_be32(f, s->water / brine_scale(s));
}

static int brine_load(QEMUFile *f, void *opaque, int version_id)
{
    BrineState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->heat = qemu_get_be16(f);
    brine_load_salt(f, s);
    s->water = qemu_get_be32(f) * brine_scale(s);
    return 0;
}

void brine_init(BrineState *s)
{
    register_savevm(NULL, "brine", 0, 1, brine_save, brine_load, s);
}

CORPUS_CASE(BrineState, brine_save, brine_load, 1);
