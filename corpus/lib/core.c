/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the cases share: registration that does nothing, clocks, and the timers' stream helpers.
 * The helpers' bodies are device code and are converted; calls of them elsewhere stay.
 * Linked with every case that is run; it has no hook of its own.
 */
#include "hw/hw.h"
#include "qemu/timer.h"

int register_savevm(DeviceState *dev, const char *name, int instance, int version,
                    SaveStateHandler *save, LoadStateHandler *load, void *opaque)
{
    (void)dev, (void)name, (void)instance, (void)version, (void)opaque;
    return save != NULL && load != NULL ? 0 : -EINVAL;
}

int register_savevm_live(const char *name, uint32_t instance, int version,
                         const SaveVMHandlers *handlers, void *opaque)
{
    (void)name, (void)instance, (void)version, (void)opaque;
    return handlers != NULL ? 0 : -EINVAL;
}

int64_t qemu_get_clock(QEMUClock *clock)
{
    return clock->now;
}

int64_t qemu_get_clock_ns(QEMUClock *clock)
{
    return clock->now * 1000;
}

void timer_put(QEMUFile *file, QEMUTimer *timer)
{
    uint64_t expires = timer->armed ? (uint64_t)timer->expires : UINT64_MAX;

    qemu_put_be64(file, expires);
}

void timer_get(QEMUFile *file, QEMUTimer *timer)
{
    uint64_t expires = qemu_get_be64(file);

    timer->armed = expires != UINT64_MAX;
    if (timer->armed) {
        timer->expires = (int64_t)expires;
    }
}

void qemu_put_timer(QEMUFile *file, QEMUTimer *timer)
{
    timer_put(file, timer);
}

void qemu_get_timer(QEMUFile *file, QEMUTimer *timer)
{
    timer_get(file, timer);
}
