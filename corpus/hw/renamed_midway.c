/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names that a macro in the midst of a function gives another meaning: a stream of that name is
 * another one from there on, so it is refused; an operand has another type, so its value travels.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct SidingState {
    uint32_t wagons;
    uint16_t couplings;
    uint8_t brake;
} SidingState;

typedef struct SidingShort {
    uint16_t wagons;
} SidingShort;

static void siding_put(QEMUFile *f, QEMUFile *second, SidingState *s)
{
    SidingShort part = { s->wagons };
    SidingShort *shorter = &part;

    qemu_put_be32(f, s->wagons);
#define s shorter
    qemu_put_be16(f, s->wagons);
#undef s
    qemu_put_byte(f, s->brake);
#define f second
    qemu_put_be16(f, s->couplings); /* want: stream-changes */
#undef f
    qemu_put_be16(f, s->couplings); /* want: stream-changes */
}

static void siding_save(QEMUFile *f, void *opaque)
{
    siding_put(f, f, opaque);
}

static int siding_load(QEMUFile *f, void *opaque, int version_id)
{
    SidingState *s = opaque;
    uint16_t count;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->wagons = qemu_get_be32(f);
#define wagons couplings
    s->wagons = qemu_get_be16(f);
#undef wagons
    s->brake = qemu_get_byte(f);
    count = qemu_get_be16(f);
    s->couplings = qemu_get_be16(f) ^ count;
    return 0;
}

void siding_init(SidingState *s)
{
    register_savevm(NULL, "siding", 0, 1, siding_save, siding_load, s);
}

CORPUS_CASE(SidingState, siding_save, siding_load, 1);
