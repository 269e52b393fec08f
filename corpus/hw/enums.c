/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An enum is not an int: its size and sign are the compiler's choice. It travels through a value
 * of the wire's type, and never through an enum visit.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

enum SorterPhase {
    SORTER_IDLE,
    SORTER_SCAN,
    SORTER_EJECT = 40,
};

typedef enum {
    BIN_NONE = -1,
    BIN_LEFT,
    BIN_RIGHT,
} SorterBin;

typedef struct SorterState {
    enum SorterPhase phase;
    SorterBin bin;
    SorterBin history[4];
} SorterState;

static void sorter_save(QEMUFile *f, void *opaque)
{
    SorterState *s = opaque;
    int i;

    qemu_put_be32(f, s->phase);
    qemu_put_sbe32(f, s->bin);
    for (i = 0; i < 4; i++) {
        qemu_put_byte(f, s->history[i]);
    }
    qemu_put_byte(f, SORTER_EJECT);
}

static int sorter_load(QEMUFile *f, void *opaque, int version_id)
{
    SorterState *s = opaque;
    int i;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->phase = qemu_get_be32(f);
    s->bin = qemu_get_sbe32(f);
    for (i = 0; i < 4; i++) {
        s->history[i] = qemu_get_byte(f);
    }
    return qemu_get_byte(f) == SORTER_EJECT ? 0 : -EINVAL;
}

void sorter_init(SorterState *s)
{
    register_savevm(NULL, "sorter", 0, 1, sorter_save, sorter_load, s);
}

CORPUS_CASE(SorterState, sorter_save, sorter_load, 1);
