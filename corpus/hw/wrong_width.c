/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The wire is narrower than the field (int on a byte, uint64_t on be32) or wider (uint8_t on be32):
 * a put goes through a compound literal of the wire's type, a get through a temporary that is used
 * as the getter's own type (a signed getter into a wider field still extends the sign).
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct PumpState {
    int stage;
    uint32_t valve;
    uint64_t litres;
    int64_t balance;
    uint8_t relay;
    uint16_t sensor;
    int16_t zero;
    int level[2];
} PumpState;

static void pump_save(QEMUFile *f, void *opaque)
{
    PumpState *s = opaque;

    qemu_put_byte(f, s->stage);
    qemu_put_be16(f, s->valve);
    qemu_put_be32(f, s->litres);
    qemu_put_sbe32(f, s->balance);
    qemu_put_be32(f, s->relay);
    qemu_put_be32(f, s->sensor);
    qemu_put_sbe64(f, s->zero);
    qemu_put_byte(f, s->level[0]);
    qemu_put_be64(f, s->level[1]);
}

static int pump_load(QEMUFile *f, void *opaque, int version_id)
{
    PumpState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->stage = qemu_get_byte(f);
    s->valve = qemu_get_be16(f);
    s->litres = qemu_get_be32(f);
    s->balance = qemu_get_sbe32(f);
    s->relay = qemu_get_be32(f);
    s->sensor = qemu_get_be32(f);
    s->zero = qemu_get_sbe64(f);
    s->level[0] = qemu_get_byte(f);
    s->level[1] = qemu_get_be64(f);
    return 0;
}

void pump_init(PumpState *s)
{
    register_savevm(NULL, "pump", 0, 1, pump_save, pump_load, s);
}

CORPUS_CASE(PumpState, pump_save, pump_load, 1);
