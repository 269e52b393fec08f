/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gets on the right of && and ||, and in the arms of a ternary: read only when the left side says
 * so, which a hoisted read would not be. Those on the left are read always.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct LampState {
    uint32_t level;
    uint32_t ramp;
    uint8_t dimmed;
    uint8_t latched;
    int32_t tail;
} LampState;

static void lamp_save(QEMUFile *f, void *opaque)
{
    LampState *s = opaque;

    qemu_put_byte(f, s->dimmed);
    if (s->dimmed) {
        qemu_put_be32(f, s->ramp);
    }
    qemu_put_be32(f, s->level);
    qemu_put_byte(f, s->latched);
    if (!s->latched) {
        qemu_put_be16(f, 1);
    }
    qemu_put_sbe32(f, s->tail);
}

static int lamp_load(QEMUFile *f, void *opaque, int version_id)
{
    LampState *s = opaque;

    s->dimmed = 0;
    if (version_id >= 2 && (s->dimmed = qemu_get_byte(f)) != 0) {
        s->ramp = qemu_get_be32(f);
    }
    s->level = version_id >= 1 ? qemu_get_be32(f) : 100;
    if (!((s->latched = qemu_get_byte(f)) != 0 || qemu_get_be16(f) == 1)) {
        return -EINVAL;
    }
    if (version_id >= 7 && qemu_get_be32(f)) {
        return -EINVAL;
    }
    s->tail = version_id < 2 ? (int)qemu_get_be16(f) : qemu_get_sbe32(f);
    return 0;
}

void lamp_init(LampState *s)
{
    register_savevm(NULL, "lamp", 0, 2, lamp_save, lamp_load, s);
}

CORPUS_CASE(LampState, lamp_save, lamp_load, 2);
