/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two reads in one expression whose order C leaves open: two arguments, two operands of +, an index
 * and the value stored there. Whatever the tool chose might differ from what the compiler chose, so
 * all of these are refused.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct ScaleState {
    uint32_t gross;
    uint32_t tare;
    uint8_t bins[256];
} ScaleState;

static void scale_set(ScaleState *s, uint32_t gross, uint32_t tare)
{
    s->gross = gross;
    s->tare = tare;
}

static void scale_load_pair(QEMUFile *f, ScaleState *s)
{
    scale_set(s, qemu_get_be32(f), qemu_get_be32(f)); /* want: order-open */
}

static void scale_load_sum(QEMUFile *f, ScaleState *s)
{
    s->gross = qemu_get_be32(f) - qemu_get_be16(f); /* want: order-open */
}

static void scale_load_bin(QEMUFile *f, ScaleState *s)
{
    s->bins[qemu_get_byte(f)] = qemu_get_byte(f); /* want: order-open */
}

static void scale_load_wide(QEMUFile *f, ScaleState *s)
{
    scale_set(s,
              qemu_get_be32(f), /* want: order-open */
              s->tare +
              qemu_get_be32(f)); /* want: order-open */
}

static void scale_save(QEMUFile *f, void *opaque)
{
    ScaleState *s = opaque;

    qemu_put_be32(f, s->gross);
    qemu_put_be32(f, s->tare);
    qemu_put_be32(f, s->gross);
    qemu_put_be16(f, 0);
    qemu_put_byte(f, 4);
    qemu_put_byte(f, s->bins[4]);
    qemu_put_be32(f, s->gross);
    qemu_put_be32(f, s->tare);
}

static int scale_load(QEMUFile *f, void *opaque, int version_id)
{
    ScaleState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    scale_load_pair(f, s);
    scale_load_sum(f, s);
    scale_load_bin(f, s);
    scale_load_wide(f, s);
    return 0;
}

void scale_init(ScaleState *s)
{
    register_savevm(NULL, "scale", 0, 1, scale_save, scale_load, s);
}

CORPUS_CASE(ScaleState, scale_save, scale_load, 1);
