/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A local that save computes before it puts it, and that load takes apart again. The visit stands
 * where the put stood, after the value was computed, and the device state is never written on save.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct MeterState {
    uint32_t pulses;
    uint16_t rate;
    uint8_t unit;
    int64_t started;
} MeterState;

static void meter_save(QEMUFile *f, void *opaque)
{
    MeterState *s = opaque;
    uint32_t packed;
    int64_t elapsed = 0;
    int i;

    packed = (uint32_t)s->rate << 8 | s->unit;
    qemu_put_be32(f, packed);
    for (i = 0; i < 4; i++) {
        elapsed += s->pulses >> (i * 8) & 0xff;
    }
    qemu_put_sbe64(f, elapsed);
    elapsed = s->started;
    qemu_put_sbe64(f, elapsed);
    qemu_put_be32(f, s->pulses);
}

static int meter_load(QEMUFile *f, void *opaque, int version_id)
{
    MeterState *s = opaque;
    uint32_t packed;
    int64_t elapsed;

    if (version_id != 1) {
        return -EINVAL;
    }
    packed = qemu_get_be32(f);
    s->rate = packed >> 8;
    s->unit = packed & 0xff;
    elapsed = qemu_get_sbe64(f);
    if (elapsed < 0) {
        return -EINVAL;
    }
    elapsed = qemu_get_sbe64(f);
    s->started = elapsed;
    s->pulses = qemu_get_be32(f);
    return 0;
}

void meter_init(MeterState *s)
{
    register_savevm(NULL, "meter", 0, 1, meter_save, meter_load, s);
}

CORPUS_CASE(MeterState, meter_save, meter_load, 1);
