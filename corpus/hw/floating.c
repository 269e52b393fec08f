/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Floating-point operands: the primitive's parameter converts the value to unsigned int first and
 * cuts it then, which a literal of the wire's own type would not do alike. Refused for puts; a get
 * into a double converts an integer and is no problem, nor is the cast to an integer before a put.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define THERMO_MEAN(s) (((s)->inside + (s)->outside) / 2)

typedef struct ThermoState {
    float inside;
    double outside;
    double *probe;
    double store;
    uint32_t limit;
} ThermoState;

static void thermo_put_raw(QEMUFile *f, ThermoState *s)
{
    qemu_put_byte(f, s->inside); /* want: floating */
    qemu_put_be32(f, s->outside); /* want: floating */
    qemu_put_be16(f, *s->probe); /* want: floating */
    qemu_put_be16(f, -(s->inside)); /* want: floating */
    qemu_put_byte(f, s->inside * 3); /* want: floating */
    qemu_put_byte(f, s->limit > 9 ? s->limit : s->outside); /* want: floating */
    qemu_put_be16(f, THERMO_MEAN(s)); /* want: floating */
    qemu_put_be16(f, s->limit + 1.5); /* want: floating */
    qemu_put_byte(f, s->inside > 20);
    qemu_put_be16(f, (int)(s->inside + 1));
    qemu_put_be32(f, !s->outside);
}

static void thermo_save(QEMUFile *f, void *opaque)
{
    ThermoState *s = opaque;

    thermo_put_raw(f, s);
    qemu_put_be32(f, (uint32_t)s->outside);
    qemu_put_be32(f, s->limit);
}

static void thermo_get_raw(QEMUFile *f, ThermoState *s)
{
    s->outside = -(double)qemu_get_be16(f);
    s->outside += qemu_get_byte(f) * 0.5;
    s->outside += qemu_get_byte(f);
    s->outside += qemu_get_be16(f);
    s->outside += qemu_get_be16(f);
    s->outside += qemu_get_byte(f);
    s->outside += qemu_get_be16(f);
    s->outside += qemu_get_be32(f);
}

static int thermo_load(QEMUFile *f, void *opaque, int version_id)
{
    ThermoState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->inside = qemu_get_byte(f);
    s->outside = qemu_get_be32(f);
    *s->probe = qemu_get_be16(f);
    thermo_get_raw(f, s);
    s->outside = qemu_get_be32(f) / 2.0;
    s->limit = qemu_get_be32(f);
    return 0;
}

void thermo_init(ThermoState *s)
{
    register_savevm(NULL, "thermo", 0, 1, thermo_save, thermo_load, s);
}

static void thermo_random(ThermoState *s, const uint8_t *random, size_t n)
{
    memset(s, 0, sizeof(*s));
    s->inside = random[0];
    s->outside = 1000.0 * random[1 % n];
    s->store = 100.0 + random[2 % n];
    s->probe = &s->store;
    s->limit = random[3 % n];
}

CORPUS_CASE_INIT(ThermoState, thermo_save, thermo_load, 1, thermo_random);
