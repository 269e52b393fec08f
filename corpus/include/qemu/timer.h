/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Timers, their stream helpers, and clocks whose names look like primitives and are none. */
#ifndef CORPUS_QEMU_TIMER_H
#define CORPUS_QEMU_TIMER_H

#include "qemu/osdep.h"

typedef struct QEMUTimer {
    int64_t expires;
    bool armed;
} QEMUTimer;

typedef struct QEMUClock {
    int64_t now;
} QEMUClock;

void timer_put(QEMUFile *file, QEMUTimer *timer);
void timer_get(QEMUFile *file, QEMUTimer *timer);
void qemu_put_timer(QEMUFile *file, QEMUTimer *timer);
void qemu_get_timer(QEMUFile *file, QEMUTimer *timer);

int64_t qemu_get_clock(QEMUClock *clock);
int64_t qemu_get_clock_ns(QEMUClock *clock);

#endif
