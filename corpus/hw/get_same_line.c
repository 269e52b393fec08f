/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gets in declarations that share their line with other code: with a declaration, a statement or a
 * brace before them. That code is there once, and the new declaration of a temporary follows it. A
 * get right behind the brace of its function comes after the declarations.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct StileState {
    uint32_t steps;
    int16_t height;
    uint8_t worn;
    uint64_t seen;
    uint8_t gate;
} StileState;

static void stile_save(QEMUFile *f, void *opaque)
{
    StileState *s = opaque;

    qemu_put_be32(f, s->steps);
    qemu_put_be32(f, s->height);
    qemu_put_byte(f, s->worn);
    qemu_put_be64(f, s->seen);
    qemu_put_byte(f, s->gate & 0x7f);
}

static void stile_load_worn(StileState *s, QEMUFile *f)
{
    if (s->steps > 9) {
        s->steps = 9;
    }   int worn = qemu_get_byte(f);
    s->worn = worn;
    s->seen = 1; int64_t seen = qemu_get_be64(f) + s->seen;
    s->seen = seen;
}

static void stile_load_gate(StileState *s, QEMUFile *f)
{s->gate = qemu_get_byte(f) & 0x7f;
}

static int stile_load(QEMUFile *f, void *opaque, int version_id)
{
    StileState *s = opaque; unsigned int steps = qemu_get_be32(f);

    s->steps = steps; int16_t height = qemu_get_be32(f);
    if (version_id != 1) {
        return -EINVAL;
    }
    s->height = height;
    stile_load_worn(s, f);
    stile_load_gate(s, f);
    return 0;
}

void stile_init(StileState *s)
{
    register_savevm(NULL, "stile", 0, 1, stile_save, stile_load, s);
}

CORPUS_CASE(StileState, stile_save, stile_load, 1);
