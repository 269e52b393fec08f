/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls spread over several lines, also in odd places, with long operands that must be wrapped again
 * within 80 columns.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define ORCHARD_TREES 2

typedef struct OrchardTreeState {
    uint32_t apples_on_the_sunny_side;
    uint64_t apples_on_the_shady_side;
    int32_t worms;
} OrchardTreeState;

typedef struct OrchardState {
    OrchardTreeState trees_in_the_north_row[ORCHARD_TREES];
    uint8_t crates_waiting_at_the_gate[32];
    uint16_t ladders;
} OrchardState;

static void orchard_save(QEMUFile *f, void *opaque)
{
    OrchardState *s = opaque;
    int tree;

    for (tree = 0; tree < ORCHARD_TREES; tree++) {
        qemu_put_be32(f,
                      s->trees_in_the_north_row[tree].apples_on_the_sunny_side);
        qemu_put_be32(f, s->trees_in_the_north_row[tree]
                             .apples_on_the_shady_side);
        qemu_put_sbe32s(
            f,
            &s->trees_in_the_north_row[tree].worms
        );
    }
    qemu_put_buffer(f, s->crates_waiting_at_the_gate,
                    sizeof(s->crates_waiting_at_the_gate));
    qemu_put_be16
        (f, s->ladders);
}

static int orchard_load(QEMUFile *f, void *opaque, int version_id)
{
    OrchardState *s = opaque;
    int tree;

    if (version_id != 1) {
        return -EINVAL;
    }
    for (tree = 0; tree < ORCHARD_TREES; tree++) {
        s->trees_in_the_north_row[tree].apples_on_the_sunny_side =
            qemu_get_be32(f);
        s->trees_in_the_north_row[tree].apples_on_the_shady_side
            = qemu_get_be32(f);
        qemu_get_sbe32s(
            f,
            &s->trees_in_the_north_row[tree].worms
        );
    }
    if (qemu_get_buffer(f, s->crates_waiting_at_the_gate,
                        sizeof(s->crates_waiting_at_the_gate)) !=
        sizeof(s->crates_waiting_at_the_gate)) {
        return -EIO;
    }
    s->ladders =
        qemu_get_be16
            (f);
    return 0;
}

void orchard_init(OrchardState *s)
{
    register_savevm(NULL, "orchard", 0, 1, orchard_save, orchard_load, s);
}

CORPUS_CASE(OrchardState, orchard_save, orchard_load, 1);
