/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gets in the conditions of if and else if. The first may be visited before the if; the one in the
 * else if is only read when the first was false, and must not move.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct TillState {
    uint32_t drawer;
    uint32_t amount;
    uint8_t open;
} TillState;

static void till_save(QEMUFile *f, void *opaque)
{
    TillState *s = opaque;

    qemu_put_byte(f, 1);
    if (s->drawer & 1) {
        qemu_put_be32(f, 1);
        qemu_put_be32(f, s->amount);
    } else {
        qemu_put_be32(f, 0);
        qemu_put_be16(f, 9);
        qemu_put_byte(f, s->open);
    }
    qemu_put_byte(f, 0);
}

static int till_load(QEMUFile *f, void *opaque, int version_id)
{
    TillState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    if (qemu_get_byte(f) != 1) {
        return -EINVAL;
    }
    if (qemu_get_be32(f)) {
        s->amount = qemu_get_be32(f);
        s->drawer |= 1;
    } else if (qemu_get_be16(f) == 9) {
        s->open = qemu_get_byte(f);
        s->drawer &= ~1u;
    } else {
        return -EINVAL;
    }
    if (!qemu_get_byte(f))
        return 0;
    else
        return -EINVAL;
}

void till_init(TillState *s)
{
    register_savevm(NULL, "till", 0, 1, till_save, till_load, s);
}

CORPUS_CASE(TillState, till_save, till_load, 1);
