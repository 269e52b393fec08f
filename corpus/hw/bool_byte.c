/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bool on one byte is a bool visit, in scalars, arrays and nested structs. A bool on a wider wire
 * is not: it goes through a value of the wire's own type.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define GATE_LANES 3

typedef struct GateState {
    bool open;
    _Bool locked;
    bool lanes[GATE_LANES];
    struct {
        bool sounding;
    } alarm;
    bool barrier;
} GateState;

static void gate_save(QEMUFile *f, void *opaque)
{
    GateState *s = opaque;
    int i;

    qemu_put_byte(f, s->open);
    qemu_put_byte(f, s->locked);
    for (i = 0; i < GATE_LANES; i++) {
        qemu_put_byte(f, s->lanes[i]);
    }
    qemu_put_byte(f, s->alarm.sounding);
    qemu_put_be32(f, s->barrier);
}

static int gate_load(QEMUFile *f, void *opaque, int version_id)
{
    GateState *s = opaque;
    int i;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->open = qemu_get_byte(f);
    s->locked = qemu_get_byte(f);
    for (i = 0; i < GATE_LANES; i++) {
        s->lanes[i] = qemu_get_byte(f);
    }
    s->alarm.sounding = qemu_get_byte(f);
    s->barrier = qemu_get_be32(f);
    return 0;
}

void gate_init(GateState *s)
{
    register_savevm(NULL, "gate", 0, 1, gate_save, gate_load, s);
}

static void gate_random(GateState *s, const uint8_t *random, size_t n)
{
    int i;

    s->open = random[0] & 1;
    s->locked = random[1 % n] & 1;
    for (i = 0; i < GATE_LANES; i++) {
        s->lanes[i] = (random[2 % n] >> i) & 1;
    }
    s->alarm.sounding = random[3 % n] & 1;
    s->barrier = random[4 % n] & 1;
}

CORPUS_CASE_INIT(GateState, gate_save, gate_load, 1, gate_random);
