/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Buffers, bytes that mean nothing, two registrations of one pair, and one that is taken back. */
#include "hw/hw.h"

#define RAIN_DROPS 24

typedef struct RainState {
    uint8_t cloud[RAIN_DROPS];
    uint8_t puddle[10];
    uint32_t fallen;
} RainState;

static int rain_load(QEMUFile *f, void *opaque, int version_id)
{
    RainState *s = opaque;

    if (version_id > 1)
        return -EINVAL;

    qemu_get_buffer(f, s->cloud, sizeof(s->cloud));
    qemu_get_be32(f);
    qemu_get_buffer(f, s->puddle, 8);
    qemu_get_byte(f);
    s->fallen = qemu_get_be32(f);
    return 0;
}

static void rain_save(QEMUFile *f, void *opaque)
{
    RainState *s = opaque;

    qemu_put_buffer(f, s->cloud, RAIN_DROPS);
    qemu_put_be32(f, 0); /* once the colour of the cloud */
    qemu_put_buffer(f, s->puddle, 8);
    qemu_put_byte(f, 0);
    qemu_put_be32(f, s->fallen);
}

static void rain_settle(void *opaque, bool hide)
{
}

static void rain_stop(DeviceState *dev, RainState *s)
{
    unregister_savevm(dev, "rain", s);
}

static void rain_init(void)
{
    RainState *s = new_state(sizeof(RainState), rain_settle);
    RainState *warm = new_state(sizeof(RainState), rain_settle);
    RainState *gone = new_state(sizeof(RainState), rain_settle);

    register_savevm(NULL, "rain", 0, 1, rain_save, rain_load, s);
    register_savevm(NULL, "rain", 1, 1, rain_save,
                    rain_load, warm);
    register_savevm(NULL, "rain", 2, 1, rain_save, rain_load, gone);
    rain_stop(NULL, gone);
}

device_init(rain_init)
