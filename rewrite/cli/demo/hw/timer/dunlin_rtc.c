/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dunlin RTC: a clock that is saved in three pieces, and an alarm that may be off. */
#include "hw/hw.h"

typedef struct DunlinRtc {
    uint64_t seconds;
    uint16_t fraction;
    int8_t zone;
    bool alarm_on;
    uint32_t alarm;
} DunlinRtc;

#define DUNLIN_SAVE_ALARM(f, s) qemu_put_be32(f, (s)->alarm)

static void dunlin_rtc_save(QEMUFile *f, void *opaque)
{
    DunlinRtc *s = opaque;

    qemu_put_be32(f, s->seconds >> 32);
    qemu_put_be32(f, s->seconds);
    qemu_put_byte(f, s->fraction >> 8);
    qemu_put_byte(f, s->fraction & 0xff);
    qemu_put_byte(f, s->zone);
    qemu_put_byte(f, s->alarm_on);
    if (s->alarm_on) {
        DUNLIN_SAVE_ALARM(f, s);
    }
}

static int dunlin_rtc_load(QEMUFile *f, void *opaque, int version_id)
{
    DunlinRtc *s = opaque;

    s->seconds = (uint64_t)qemu_get_be32(f) << 32;
    s->seconds |= qemu_get_be32(f);
    s->fraction = qemu_get_byte(f) << 8 | qemu_get_byte(f);
    s->zone = (int8_t)qemu_get_byte(f);
    s->alarm_on = qemu_get_byte(f) != 0;
    if (s->alarm_on) {
        s->alarm = qemu_get_be32(f);
    }
    return 0;
}

void dunlin_rtc_init(DeviceState *dev, DunlinRtc *s)
{
    register_savevm(dev, "dunlin-rtc", 0, 1, dunlin_rtc_save, dunlin_rtc_load, s);
}
