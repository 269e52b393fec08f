/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gets under a cast: the cast stays and applies to the value that the getter would have returned,
 * so int8_t of a byte extends a sign and uint8_t of a be32 cuts.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

enum WinchGear { WINCH_FREE, WINCH_LOW, WINCH_HIGH };

typedef struct WinchState {
    int32_t trim;
    uint32_t speed;
    int64_t rope;
    enum WinchGear gear;
    uint64_t mask;
} WinchState;

static void winch_save(QEMUFile *f, void *opaque)
{
    WinchState *s = opaque;

    qemu_put_byte(f, (uint8_t)s->trim);
    qemu_put_be32(f, (uint32_t)s->speed);
    qemu_put_be16(f, (int16_t)s->rope);
    qemu_put_byte(f, (int)s->gear);
    qemu_put_be32(f, (uint32_t)(s->mask & 0xff));
}

static int winch_load(QEMUFile *f, void *opaque, int version_id)
{
    WinchState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->trim = (int8_t)qemu_get_byte(f);
    s->speed = (uint8_t)qemu_get_be32(f);
    s->rope = (int16_t)qemu_get_be16(f);
    s->gear = (enum WinchGear)qemu_get_byte(f);
    s->mask = (uint64_t)(uint32_t)qemu_get_be32(f);
    return 0;
}

void winch_init(WinchState *s)
{
    register_savevm(NULL, "winch", 0, 1, winch_save, winch_load, s);
}

CORPUS_CASE(WinchState, winch_save, winch_load, 1);
