/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sites as the unbraced body of if, else, else if, for, while and do, also nested. A site that
 * needs a declaration gets braces of its own; no statement may leave or enter a branch.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define PIER_BERTHS 3

typedef struct PierState {
    uint32_t mode;
    uint32_t wide;
    uint64_t depth;
    long tide;
    int berths[PIER_BERTHS];
    uint16_t ropes[PIER_BERTHS][2];
    uint8_t tail;
} PierState;

static void pier_save(QEMUFile *f, void *opaque)
{
    PierState *s = opaque;
    int i, j;

    qemu_put_be32(f, s->mode);
    if (s->mode == 0)
        qemu_put_be32(f, s->wide);
    else if (s->mode == 1)
        qemu_put_be16(f, s->wide);
    else
        qemu_put_byte(f, s->wide);
    for (i = 0; i < PIER_BERTHS; i++)
        qemu_put_byte(f, s->berths[i]);
    for (i = 0; i < PIER_BERTHS; i++)
        for (j = 0; j < 2; j++)
            if (i >= j)
                qemu_put_be32(f, s->ropes[i][j]);
    i = 2;
    while (i--)
        qemu_put_be32(f, s->depth >> (32 * i));
    do
        qemu_put_be32(f, s->tide);
    while (++i < 1);
    qemu_put_byte(f, s->tail);
}

static int pier_load(QEMUFile *f, void *opaque, int version_id)
{
    PierState *s = opaque;
    int i, j;

    if (version_id != 1)
        return -EINVAL;
    s->mode = qemu_get_be32(f);
    if (s->mode == 0)
        s->wide = qemu_get_be32(f);
    else if (s->mode == 1)
        s->wide = qemu_get_be16(f);
    else
        s->wide = qemu_get_byte(f);
    for (i = 0; i < PIER_BERTHS; i++)
        s->berths[i] = qemu_get_byte(f);
    for (i = 0; i < PIER_BERTHS; i++)
        for (j = 0; j < 2; j++)
            if (i >= j)
                s->ropes[i][j] = qemu_get_be32(f);
    i = 2;
    s->depth = 0;
    while (i--)
        s->depth |= (uint64_t)qemu_get_be32(f) << (32 * i);
    do
        s->tide = qemu_get_be32(f);
    while (++i < 1);
    s->tail = qemu_get_byte(f);
    return 0;
}

void pier_init(PierState *s)
{
    register_savevm(NULL, "pier", 0, 1, pier_save, pier_load, s);
}

CORPUS_CASE(PierState, pier_save, pier_load, 1);
