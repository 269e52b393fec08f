/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The forms that take a pointer: it is passed on as written, be it the address of a field, an
 * element, pointer arithmetic or a pointer variable.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define KILN_ZONES 4

typedef struct KilnZone {
    uint16_t target;
    int16_t drift;
} KilnZone;

typedef struct KilnState {
    uint8_t power;
    int8_t bias;
    uint32_t status;
    int32_t slope;
    uint64_t burned;
    int64_t epoch;
    uint32_t regs[KILN_ZONES];
    KilnZone zones[KILN_ZONES];
} KilnState;

static void kiln_save(QEMUFile *f, void *opaque)
{
    KilnState *s = opaque;
    const uint32_t *status = &s->status;
    int i;

    qemu_put_8s(f, &s->power);
    qemu_put_s8s(f, &s->bias);
    qemu_put_be32s(f, status);
    qemu_put_sbe32s(f, &s->slope);
    qemu_put_be64s(f, &s->burned);
    qemu_put_sbe64s(f, &s->epoch);
    for (i = 0; i < KILN_ZONES; i++) {
        KilnZone *zone = &s->zones[i];

        qemu_put_be32s(f, s->regs + i);
        qemu_put_be16s(f, &zone->target);
        qemu_put_sbe16s(f, &s->zones[i].drift);
    }
}

static int kiln_load(QEMUFile *f, void *opaque, int version_id)
{
    KilnState *s = opaque;
    uint32_t *status = &s->status;
    int i;

    if (version_id != 2) {
        return -EINVAL;
    }
    qemu_get_8s(f, &s->power);
    qemu_get_s8s(f, &s->bias);
    qemu_get_be32s(f, status);
    qemu_get_sbe32s(f, &s->slope);
    qemu_get_be64s(f, &s->burned);
    qemu_get_sbe64s(f, &s->epoch);
    for (i = 0; i < KILN_ZONES; i++) {
        KilnZone *zone = &s->zones[i];

        qemu_get_be32s(f, s->regs + i);
        qemu_get_be16s(f, &zone->target);
        qemu_get_sbe16s(f, &s->zones[i].drift);
    }
    return 0;
}

void kiln_init(KilnState *s)
{
    register_savevm(NULL, "kiln", 0, 2, kiln_save, kiln_load, s);
}

CORPUS_CASE(KilnState, kiln_save, kiln_load, 2);
