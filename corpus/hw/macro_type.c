/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Types that a macro defines. A header outside the include closure has typedefs of the same names
 * that say something else, and must not be believed.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "hw/short-names.h"
#include "corpus.h"

typedef struct DialState {
    u8 notch;
    u32 turns;
    u64 lifetime;
} DialState;

static void dial_save(QEMUFile *f, void *opaque)
{
    DialState *s = opaque;

    qemu_put_byte(f, s->notch);
    qemu_put_be32(f, s->turns);
    qemu_put_be64(f, s->lifetime);
    qemu_put_be64s(f, &s->lifetime);
}

static int dial_load(QEMUFile *f, void *opaque, int version_id)
{
    DialState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->notch = qemu_get_byte(f);
    s->turns = qemu_get_be32(f);
    s->lifetime = qemu_get_be64(f);
    qemu_get_be64s(f, &s->lifetime);
    return 0;
}

void dial_init(DialState *s)
{
    register_savevm(NULL, "dial", 0, 1, dial_save, dial_load, s);
}

CORPUS_CASE(DialState, dial_save, dial_load, 1);
