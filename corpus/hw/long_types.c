/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * long, long long, size_t and their kin have another width on another host, or another type with
 * the same width: never visited by address, always through the wire's own type.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct TapeState {
    long head;
    unsigned long tail;
    long long origin;
    unsigned long long total;
    size_t used;
    ssize_t last;
    uintptr_t cookie;
} TapeState;

static void tape_save(QEMUFile *f, void *opaque)
{
    TapeState *s = opaque;

    qemu_put_sbe64(f, s->head);
    qemu_put_be64(f, s->tail);
    qemu_put_sbe64(f, s->origin);
    qemu_put_be64(f, s->total);
    qemu_put_be32(f, s->used);
    qemu_put_sbe32(f, s->last);
    qemu_put_be64(f, s->cookie);
}

static int tape_load(QEMUFile *f, void *opaque, int version_id)
{
    TapeState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->head = qemu_get_sbe64(f);
    s->tail = qemu_get_be64(f);
    s->origin = qemu_get_sbe64(f);
    s->total = qemu_get_be64(f);
    s->used = qemu_get_be32(f);
    s->last = qemu_get_sbe32(f);
    s->cookie = qemu_get_be64(f);
    return 0;
}

void tape_init(TapeState *s)
{
    register_savevm(NULL, "tape", 0, 1, tape_save, tape_load, s);
}

CORPUS_CASE(TapeState, tape_save, tape_load, 1);
