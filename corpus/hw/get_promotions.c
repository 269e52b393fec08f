/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the getter's own type matters: qemu_get_be16 returns unsigned int, so a shift by 16 and a
 * comparison with a negative value are unsigned; qemu_get_sbe16 returns int but does not extend the
 * sign; qemu_get_sbyte is qemu_get_byte. A temporary alone would promote to int.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct PrismState {
    uint64_t wide;
    uint64_t minus;
    int32_t sixteen;
    int32_t eight;
    int64_t half;
    uint8_t flags;
} PrismState;

static void prism_save(QEMUFile *f, void *opaque)
{
    PrismState *s = opaque;

    qemu_put_be16(f, s->wide >> 16);
    qemu_put_be16(f, s->minus);
    qemu_put_sbe16(f, s->sixteen);
    qemu_put_sbyte(f, s->eight);
    qemu_put_sbe16(f, s->half);
    qemu_put_be16(f, s->flags);
    qemu_put_ubyte(f, s->flags);
}

static int prism_load(QEMUFile *f, void *opaque, int version_id)
{
    PrismState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->wide = qemu_get_be16(f) << 16;
    s->minus = -qemu_get_be16(f);
    s->sixteen = qemu_get_sbe16(f);
    s->eight = qemu_get_sbyte(f);
    s->half = qemu_get_sbe16(f) * 2;
    s->flags = qemu_get_be16(f) - 1 > 0x7fff;
    s->wide += ~qemu_get_ubyte(f);
    return 0;
}

void prism_init(PrismState *s)
{
    register_savevm(NULL, "prism", 0, 1, prism_save, prism_load, s);
}

CORPUS_CASE(PrismState, prism_save, prism_load, 1);
