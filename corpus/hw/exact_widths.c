/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every fixed width by value: each field has exactly the type that its primitive carries, so each
 * put becomes a visit of the field's own address and each get a visit into it.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct LathState {
    uint8_t mode;
    int8_t trim;
    uint16_t spindle;
    uint32_t ctrl;
    int32_t position;
    uint64_t ticks;
    int64_t offset;
} LathState;

static void lath_save(QEMUFile *f, void *opaque)
{
    LathState *s = opaque;

    qemu_put_byte(f, s->mode);
    qemu_put_ubyte(f, s->mode);
    qemu_put_sbyte(f, s->trim);
    qemu_put_be16(f, s->spindle);
    qemu_put_be32(f, s->ctrl);
    qemu_put_sbe32(f, s->position);
    qemu_put_be64(f, s->ticks);
    qemu_put_sbe64(f, s->offset);
}

static int lath_load(QEMUFile *f, void *opaque, int version_id)
{
    LathState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->mode = qemu_get_byte(f);
    s->mode = qemu_get_ubyte(f);
    s->trim = qemu_get_sbyte(f);
    s->spindle = qemu_get_be16(f);
    s->ctrl = qemu_get_be32(f);
    s->position = qemu_get_sbe32(f);
    s->ticks = qemu_get_be64(f);
    s->offset = qemu_get_sbe64(f);
    return 0;
}

void lath_init(LathState *s)
{
    register_savevm(NULL, "lath", 0, 1, lath_save, lath_load, s);
}

CORPUS_CASE(LathState, lath_save, lath_load, 1);
