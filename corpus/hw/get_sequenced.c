/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Several gets in one expression whose order C fixes: around a comma operator, on both sides of &&
 * and ||, the condition and the arm of a ternary. They are converted, in that order.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct OvenState {
    uint32_t upper;
    uint32_t lower;
    uint16_t fan;
    uint8_t lamp;
} OvenState;

static void oven_save(QEMUFile *f, void *opaque)
{
    OvenState *s = opaque;

    qemu_put_be32(f, s->upper);
    qemu_put_be32(f, s->lower);
    qemu_put_byte(f, 1);
    qemu_put_byte(f, 2);
    qemu_put_byte(f, s->lamp);
    if (s->lamp) {
        qemu_put_be16(f, s->fan);
    }
}

static int oven_load(QEMUFile *f, void *opaque, int version_id)
{
    OvenState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->upper = qemu_get_be32(f), s->lower = qemu_get_be32(f);
    if (qemu_get_byte(f) != 1 || qemu_get_byte(f) != 2) {
        return -EINVAL;
    }
    s->fan = (s->lamp = qemu_get_byte(f)) ? qemu_get_be16(f) : 0;
    return 0;
}

void oven_init(OvenState *s)
{
    register_savevm(NULL, "oven", 0, 1, oven_save, oven_load, s);
}

static void oven_random(OvenState *s, const uint8_t *random, size_t n)
{
    corpus_fill(s, sizeof(*s), random, n);
    if (!s->lamp) {
        s->fan = 0;
    }
}

CORPUS_CASE_INIT(OvenState, oven_save, oven_load, 1, oven_random);
