/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A helper that is called without a stream, and then does not touch it: no visitor may be got at its top.
 * One that is always given one, and a stream in parentheses, are as any other.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct LockState {
    uint32_t level;
    uint16_t gate;
    uint8_t open;
} LockState;

static void lock_level(LockState *s, QEMUFile *f, int moves)
{
    if (moves) {
        s->level = qemu_get_be32(f); /* want: stream-may-be-null */
    }
}

static void lock_gate(LockState *s, QEMUFile *f, const char *name)
{
    s->gate = qemu_get_be16((f));
    s->gate += name != NULL;
}

static int lock_load(QEMUFile *f, void *opaque, int version_id)
{
    LockState *s = opaque;

    lock_level(s, NULL, 0);
    lock_level(s, f, 1);
    lock_gate(s, (f), NULL);
    s->open = qemu_get_byte((f)) & 1;
    return version_id > 1;
}

void lock_init(LockState *s)
{
    register_savevm(NULL, "lock", 0, 1, NULL, lock_load, s);
}

CORPUS_CASE(LockState, NULL, lock_load, 1);
