/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A load function alone, for a version that nobody writes any more: it has no save to compare with
 * and is run on random streams.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct VaneState {
    uint16_t north;
    int gusts;
    uint32_t total;
} VaneState;

static int vane_load_v1(QEMUFile *f, void *opaque, int version_id)
{
    VaneState *s = opaque;
    uint32_t gust;

    if (version_id >= 2) {
        return -EINVAL;
    }
    qemu_get_be64(f);
    s->north = qemu_get_be32(f) % 3600;
    while ((gust = qemu_get_byte(f)) > 128) {
        s->total += gust;
    }
    s->gusts = (int16_t)qemu_get_be16(f);
    return 0;
}

CORPUS_CASE(VaneState, NULL, vane_load_v1, 1);
