/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Save writes the count and then every slot, whatever the count; load honours the count it read for
 * one array and ignores it for the other. No bound may change, and the count stays where it is.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define HIVE_CELLS 6

typedef struct HiveState {
    int count;
    uint32_t cells[HIVE_CELLS];
    uint16_t temps[HIVE_CELLS];
} HiveState;

static void hive_save(QEMUFile *f, void *opaque)
{
    HiveState *s = opaque;
    int i;

    qemu_put_be32(f, s->count);
    for (i = 0; i < HIVE_CELLS; i++) {
        qemu_put_be32(f, s->cells[i]);
    }
    for (i = 0; i < s->count; i++) {
        qemu_put_be16(f, s->temps[i]);
    }
}

static int hive_load(QEMUFile *f, void *opaque, int version_id)
{
    HiveState *s = opaque;
    int i;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->count = qemu_get_be32(f);
    if (s->count < 0 || s->count > HIVE_CELLS) {
        s->count = 0;
        return -EINVAL;
    }
    for (i = 0; i < HIVE_CELLS; i++) {
        s->cells[i] = qemu_get_be32(f);
    }
    for (i = 0; i < s->count; i++) {
        s->temps[i] = qemu_get_be16(f);
    }
    return 0;
}

void hive_init(HiveState *s)
{
    register_savevm(NULL, "hive", 0, 1, hive_save, hive_load, s);
}

static void hive_random(HiveState *s, const uint8_t *random, size_t n)
{
    corpus_fill(s, sizeof(*s), random, n);
    s->count = random[0] % (HIVE_CELLS + 1);
}

CORPUS_CASE_INIT(HiveState, hive_save, hive_load, 1, hive_random);
