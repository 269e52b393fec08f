/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Locals that are printed, checked and handed on. A visit is named after the field that the local is
 * checked against or set by, never after a function that happens to have it or a field that is only
 * a part of it. The two functions that nothing here registers agree by their names.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct ValveState {
    uint32_t inputs;
    uint32_t drift;
    uint32_t mode;
    uint8_t label[4];
    uint16_t turns;
    bool open, stuck;
} ValveState;

static unsigned valve_warnings;

static void valve_report(const char *what, uint32_t value)
{
    valve_warnings += what[0] + value;
}

static uint32_t valve_read_mode(ValveState *s)
{
    return s->mode ^ 1;
}

static void valve_write_mode(ValveState *s, uint32_t mode)
{
    s->mode = mode ^ 1;
}

void valve_turns_put(QEMUFile *f, ValveState *s)
{
    qemu_put_be16(f, s->turns);
}

void valve_turns_get(QEMUFile *f, ValveState *s)
{
    uint16_t i;

    qemu_get_be16s(f, &i);
    s->turns = i > 9 ? 9 : i;
}

static void valve_save(QEMUFile *f, void *opaque)
{
    ValveState *s = opaque;
    uint32_t mode = valve_read_mode(s);
    uint8_t label[4], bits;

    memcpy(label, s->label, sizeof(label));
    qemu_put_be32(f, s->inputs);
    qemu_put_be32(f, s->drift);
    qemu_put_be32(f, mode);
    qemu_put_buffer(f, label, sizeof(label));
    bits = s->open | s->stuck << 1;
    qemu_put_byte(f, bits);
    valve_turns_put(f, s);
}

static int valve_load(QEMUFile *f, void *opaque, int version_id)
{
    ValveState *s = opaque;
    uint32_t value, drift, tmp;
    uint8_t label[4] = { 0 }, bits;

    value = qemu_get_be32(f);
    if (value != s->inputs) {
        valve_report("inputs", value);
        return -EINVAL;
    }
    drift = qemu_get_be32(f);
    valve_report("drift", drift);
    s->drift = drift;
    tmp = qemu_get_be32(f);
    valve_write_mode(s, tmp);
    qemu_get_buffer(f, label, sizeof(label));
    memcpy(s->label, label, sizeof(label));
    bits = qemu_get_byte(f);
    s->open = ((bits & 1) != 0);
    s->stuck = ((bits & 2) != 0);
    valve_turns_get(f, s);
    return version_id == 1 ? 0 : -EINVAL;
}

void valve_init(ValveState *s)
{
    register_savevm(NULL, "valve", 0, 1, valve_save, valve_load, s);
}

static void valve_fill(ValveState *s, const uint8_t *random, size_t n)
{
    memset(s, 0, sizeof(*s));
    s->inputs = 4;
    s->drift = random[0];
    s->mode = random[n / 2];
    s->turns = random[n - 1] % 10;
    s->open = random[0] & 1;
    s->stuck = random[0] & 2;
}

CORPUS_CASE_INIT(ValveState, valve_save, valve_load, 1, valve_fill);
