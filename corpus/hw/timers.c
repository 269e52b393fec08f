/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Timers between sites: qemu_put_timer, qemu_get_timer, timer_put and timer_get take the stream and
 * stay as they are, in the same order as the visits around them.
 */
#include "qemu/osdep.h"
#include "qemu/timer.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct ClockState {
    QEMUTimer tick;
    QEMUTimer *alarm;
    QEMUTimer store;
    uint32_t period;
    int64_t last;
} ClockState;

static void clock_save(QEMUFile *f, void *opaque)
{
    ClockState *s = opaque;

    qemu_put_be32(f, s->period);
    qemu_put_timer(f, &s->tick);
    qemu_put_be64(f, s->last);
    timer_put(f, s->alarm);
}

static int clock_load(QEMUFile *f, void *opaque, int version_id)
{
    ClockState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->period = qemu_get_be32(f);
    qemu_get_timer(f, &s->tick);
    s->last = qemu_get_be64(f);
    timer_get(f, s->alarm);
    return 0;
}

void clock_init(ClockState *s)
{
    register_savevm(NULL, "clock", 0, 1, clock_save, clock_load, s);
}

static void clock_random(ClockState *s, const uint8_t *random, size_t n)
{
    corpus_fill(s, sizeof(*s), random, n);
    s->tick.armed = random[0] & 1;
    s->store.armed = random[1 % n] & 1;
    s->alarm = &s->store;
}

CORPUS_CASE_INIT(ClockState, clock_save, clock_load, 1, clock_random);
