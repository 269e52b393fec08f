/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gets in the conditions of loops, with an assignment inside and without: a visit and a test at the
 * start of each turn. The do loop reads after its body, where a `continue` would miss it: in its place.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define BELT_ITEMS 5

typedef struct BeltState {
    uint32_t used;
    uint16_t items[BELT_ITEMS];
    int lots;
    int32_t lot[BELT_ITEMS];
    uint8_t turns;
} BeltState;

static void belt_save(QEMUFile *f, void *opaque)
{
    BeltState *s = opaque;
    uint32_t i;

    for (i = 0; i < s->used; i++) {
        qemu_put_byte(f, 1);
        qemu_put_be16(f, s->items[i]);
    }
    qemu_put_byte(f, 0);
    for (i = 0; i < (uint32_t)s->lots; i++) {
        qemu_put_sbe32(f, s->lot[i]);
    }
    qemu_put_sbe32(f, 0);
    for (i = 0; i < s->turns; i++) {
        qemu_put_be32(f, 1);
    }
    qemu_put_be32(f, 0);
}

static int belt_load(QEMUFile *f, void *opaque, int version_id)
{
    BeltState *s = opaque;
    int32_t lot;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->used = 0;
    s->lots = 0;
    s->turns = -1;
    while (qemu_get_byte(f)) {
        if (s->used == BELT_ITEMS) {
            return -EINVAL;
        }
        s->items[s->used++] = qemu_get_be16(f);
    }
    while ((lot = qemu_get_sbe32(f)) > 0) {
        if (s->lots == BELT_ITEMS)
            return -EINVAL;
        s->lot[s->lots++] = lot;
    }
    do {
        s->turns++;
    } while (qemu_get_be32(f) == 1);
    return 0;
}

void belt_init(BeltState *s)
{
    register_savevm(NULL, "belt", 0, 1, belt_save, belt_load, s);
}

static void belt_random(BeltState *s, const uint8_t *random, size_t n)
{
    int i;

    corpus_fill(s, sizeof(*s), random, n);
    s->used = random[0] % (BELT_ITEMS + 1);
    s->lots = random[1 % n] % (BELT_ITEMS + 1);
    for (i = 0; i < BELT_ITEMS; i++) {
        s->lot[i] = (s->lot[i] & 0x7fffffff) | 1;
    }
}

CORPUS_CASE_INIT(BeltState, belt_save, belt_load, 1, belt_random);
