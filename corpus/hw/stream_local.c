/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stream is a local: QEMUFile *f = opaque, among other declarations. The visitor is declared
 * after it.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct WellState {
    uint32_t depth;
    int buckets;
    uint16_t ropes[2];
} WellState;

typedef int WellVisit(WellState *s, int index, void *opaque);

static int well_put_rope(WellState *s, int index, void *opaque)
{
    QEMUFile *f = opaque;

    qemu_put_be16(f, s->ropes[index]);
    return 0;
}

static int well_get_rope(WellState *s, int index, void *opaque)
{
    int rope;
    QEMUFile *f = (QEMUFile *)opaque;
    int last = index;

    rope = qemu_get_be16(f);
    s->ropes[last] = rope;
    return 0;
}

static int well_each_rope(WellState *s, WellVisit *visit, void *opaque)
{
    int i, ret = 0;

    for (i = 0; i < 2 && ret == 0; i++) {
        ret = visit(s, i, opaque);
    }
    return ret;
}

static void well_save(QEMUFile *f, void *opaque)
{
    WellState *s = opaque;

    qemu_put_be32(f, s->depth);
    well_each_rope(s, well_put_rope, f);
    qemu_put_byte(f, s->buckets);
}

static int well_load(QEMUFile *f, void *opaque, int version_id)
{
    WellState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->depth = qemu_get_be32(f);
    if (well_each_rope(s, well_get_rope, f)) {
        return -EINVAL;
    }
    s->buckets = qemu_get_byte(f);
    return 0;
}

void well_init(WellState *s)
{
    register_savevm(NULL, "well", 0, 1, well_save, well_load, s);
}

CORPUS_CASE(WellState, well_save, well_load, 1);
