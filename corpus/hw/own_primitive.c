/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file that defines a primitive of its own, for trees that lack it: its body is what the visitor
 * stands on and stays. The handlers below are converted, also where they use that primitive.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define qemu_put_sbe16s peg_put_sbe16s
#define qemu_get_sbe16s peg_get_sbe16s

typedef struct PegState {
    int16_t left;
    uint32_t holes;
} PegState;

static inline void qemu_put_sbe16s(QEMUFile *f, const int16_t *pv)
{
    qemu_put_be16(f, (uint16_t)*pv); /* want: plumbing */
}

static inline void qemu_get_sbe16s(QEMUFile *f, int16_t *pv)
{
    *pv = (int16_t)qemu_get_be16(f); /* want: plumbing */
}

static void peg_save(QEMUFile *f, void *opaque)
{
    PegState *s = opaque;

    qemu_put_sbe16s(f, &s->left);
    qemu_put_be32(f, s->holes);
}

static int peg_load(QEMUFile *f, void *opaque, int version_id)
{
    PegState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    qemu_get_sbe16s(f, &s->left);
    s->holes = qemu_get_be32(f);
    return 0;
}

void peg_init(PegState *s)
{
    register_savevm(NULL, "peg", 0, 1, peg_save, peg_load, s);
}

CORPUS_CASE(PegState, peg_save, peg_load, 1);
