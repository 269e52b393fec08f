/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reader of an old version that no save function pairs with: it is converted like the rest, its
 * unused values are thrown away in the same order. Also registered through a table of handlers.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct LoftState {
    uint32_t doves;
    uint16_t seed;
    uint64_t flown;
    int perch;
} LoftState;

static int loft_load_v1(QEMUFile *f, LoftState *s)
{
    int i;

    qemu_get_be32(f);
    s->doves = qemu_get_be16(f);
    for (i = 0; i < 3; i++) {
        qemu_get_byte(f);
    }
    s->flown = qemu_get_be32(f);
    if (qemu_get_byte(f)) {
        s->perch = qemu_get_be32(f);
    }
    return 0;
}

static void loft_save(QEMUFile *f, void *opaque)
{
    LoftState *s = opaque;

    qemu_put_be32(f, s->doves);
    qemu_put_be16(f, s->seed);
    qemu_put_be64(f, s->flown);
    qemu_put_be32(f, s->perch);
}

static int loft_load(QEMUFile *f, void *opaque, int version_id)
{
    LoftState *s = opaque;

    if (version_id < 1 || version_id > 2) {
        return -EINVAL;
    }
    if (version_id == 1) {
        return loft_load_v1(f, s);
    }
    s->doves = qemu_get_be32(f);
    s->seed = qemu_get_be16(f);
    s->flown = qemu_get_be64(f);
    s->perch = qemu_get_be32(f);
    return 0;
}

static const SaveVMHandlers loft_handlers = {
    .save_state = loft_save,
    .load_state = loft_load,
};

void loft_init(LoftState *s)
{
    register_savevm_live("loft", 0, 2, &loft_handlers, s);
}

CORPUS_CASE(LoftState, loft_save, loft_load, 2);
