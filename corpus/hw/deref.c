/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operands behind a pointer: *p is visited as p, *p++ advances p exactly once, and an index with a
 * side effect is evaluated exactly once.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define RACK_SLOTS 5

typedef struct RackState {
    uint32_t slots[RACK_SLOTS];
    uint8_t labels[RACK_SLOTS];
    uint16_t weights[RACK_SLOTS];
    uint64_t top;
} RackState;

static void rack_save(QEMUFile *f, void *opaque)
{
    RackState *s = opaque;
    uint32_t *slot = s->slots;
    uint8_t *label = s->labels;
    uint64_t *top = &s->top;
    int i, n = 0;

    for (i = 0; i < RACK_SLOTS; i++) {
        qemu_put_be32(f, *slot++);
        qemu_put_byte(f, *label);
        label++;
        qemu_put_be16(f, s->weights[n++]);
    }
    qemu_put_be64(f, *top);
    qemu_put_be64(f, *(top));
}

static int rack_load(QEMUFile *f, void *opaque, int version_id)
{
    RackState *s = opaque;
    uint32_t *slot = s->slots;
    uint8_t *label = s->labels;
    uint64_t *top = &s->top;
    int i, n = 0;

    if (version_id != 1) {
        return -EINVAL;
    }
    for (i = 0; i < RACK_SLOTS; i++) {
        *slot++ = qemu_get_be32(f);
        *label = qemu_get_byte(f);
        label++;
        s->weights[n++] = qemu_get_be16(f);
    }
    *top = qemu_get_be64(f);
    *(top) = qemu_get_be64(f);
    return 0;
}

void rack_init(RackState *s)
{
    register_savevm(NULL, "rack", 0, 1, rack_save, rack_load, s);
}

CORPUS_CASE(RackState, rack_save, rack_load, 1);
