/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fields reached through nested structs, unions, anonymous members and pointers. The type comes from
 * the last declaration on the path; the name is the path without the root.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct TankGauge {
    uint16_t raw;
    struct {
        int32_t slope;
        int64_t base;
    } fit;
} TankGauge;

typedef union TankWord {
    uint32_t word;
    uint8_t bytes[4];
} TankWord;

typedef struct TankState {
    TankGauge gauge[3];
    TankWord ctrl;
    union {
        uint64_t volume;
        uint32_t half[2];
    };
    struct {
        uint8_t inlet;
        uint8_t outlet;
    };
    struct TankState *self;
} TankState;

static void tank_save(QEMUFile *f, void *opaque)
{
    TankState *s = opaque;
    int i;

    for (i = 0; i < 3; i++) {
        TankGauge *gauge = &s->gauge[i];

        qemu_put_be16(f, s->gauge[i].raw);
        qemu_put_sbe32(f, gauge->fit.slope);
        qemu_put_sbe64(f, (&s->gauge[i])->fit.base);
    }
    qemu_put_be32(f, s->ctrl.word);
    qemu_put_byte(f, s->ctrl.bytes[2]);
    qemu_put_be64(f, s->volume);
    qemu_put_be32(f, s->half[1]);
    qemu_put_byte(f, s->inlet);
    qemu_put_byte(f, s->self->outlet);
}

static int tank_load(QEMUFile *f, void *opaque, int version_id)
{
    TankState *s = opaque;
    int i;

    if (version_id != 1) {
        return -EINVAL;
    }
    for (i = 0; i < 3; i++) {
        TankGauge *gauge = &s->gauge[i];

        s->gauge[i].raw = qemu_get_be16(f);
        gauge->fit.slope = qemu_get_sbe32(f);
        (&s->gauge[i])->fit.base = qemu_get_sbe64(f);
    }
    s->ctrl.word = qemu_get_be32(f);
    s->ctrl.bytes[2] = qemu_get_byte(f);
    s->volume = qemu_get_be64(f);
    s->half[1] = qemu_get_be32(f);
    s->inlet = qemu_get_byte(f);
    s->self->outlet = qemu_get_byte(f);
    return 0;
}

void tank_init(TankState *s)
{
    register_savevm(NULL, "tank", 0, 1, tank_save, tank_load, s);
}

static void tank_random(TankState *s, const uint8_t *random, size_t n)
{
    corpus_fill(s, sizeof(*s), random, n);
    s->self = s;
}

CORPUS_CASE_INIT(TankState, tank_save, tank_load, 1, tank_random);
