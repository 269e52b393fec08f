/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Members of just the macros' types, arrays, a timer, and two members that version 2 brought. */
#include "hw/hw.h"

#define TIDE_GAUGES 4

typedef struct TideState {
    bool enabled;
    int8_t drift;
    uint16_t height;
    int level;
    unsigned int flags;
    uint64_t epoch;
    uint32_t gauge[TIDE_GAUGES];
    uint16_t peak[3];
    uint8_t mode;
    uint32_t moon[2];
    QEMUTimer *timer;
} TideState;

static void tide_save(QEMUFile *f, void *opaque)
{
    TideState *s = opaque;
    int i;

    qemu_put_byte(f, s->enabled);
    qemu_put_byte(f, s->drift);
    qemu_put_be16s(f, &s->height);
    qemu_put_be32(f, s->level);
    /* which alarms are set */
    qemu_put_be32(f, s->flags);
    qemu_put_be64(f, s->epoch);
    for (i = 0; i < TIDE_GAUGES; i++) {
        qemu_put_be32s(f, &s->gauge[i]);
    }
    for (i = 0; i < 3; i++)
        qemu_put_be16(f, s->peak[i]);
    qemu_put_timer(f, s->timer);
    qemu_put_byte(f, s->mode);
    for (i = 0; i < 2; i++)
        qemu_put_be32(f, s->moon[i]);
}

static int tide_load(QEMUFile *f, void *opaque, int version_id)
{
    TideState *s = opaque;
    int i;

    if (version_id < 1 || version_id > 2) {
        return -EINVAL;
    }

    s->enabled = qemu_get_byte(f);
    s->drift = qemu_get_byte(f);
    qemu_get_be16s(f, &s->height);
    s->level = qemu_get_be32(f);
    s->flags = qemu_get_be32(f);
    s->epoch = qemu_get_be64(f);
    for (i = 0; i < TIDE_GAUGES; i++) {
        qemu_get_be32s(f, &s->gauge[i]);
    }
    for (i = 0; i < 3; i++)
        s->peak[i] = qemu_get_be16(f);
    qemu_get_timer(f, s->timer);
    if (version_id >= 2) {
        s->mode = qemu_get_byte(f);
        for (i = 0; i < 2; i++)
            s->moon[i] = qemu_get_be32(f);
    }
    return 0;
}

static QEMUTimer *tide_timer;

static void tide_settle(void *opaque, bool hide)
{
    TideState *s = opaque;
    s->timer = hide ? NULL : tide_timer;
    s->enabled = s->mode & 1;
}

static void tide_init(void)
{
    TideState *s = new_state(sizeof(TideState), tide_settle);
    tide_timer = new_timer();
    register_savevm(NULL, "tide", -1, 2, tide_save, tide_load, s);
}

device_init(tide_init)
