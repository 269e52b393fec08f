/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gets on the right of |=, +=, ^= and of shifts: a temporary of the wire's type, visited just before
 * the statement and used as the getter's type.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct MixerState {
    uint32_t status;
    uint64_t total;
    uint64_t wide;
    uint8_t bits;
    int32_t delta;
} MixerState;

static void mixer_save(QEMUFile *f, void *opaque)
{
    MixerState *s = opaque;

    qemu_put_be16(f, s->status);
    qemu_put_be32(f, s->total);
    qemu_put_be32(f, s->wide >> 32);
    qemu_put_be32(f, s->wide);
    qemu_put_byte(f, s->bits);
    qemu_put_sbe32(f, s->delta);
}

static int mixer_load(QEMUFile *f, void *opaque, int version_id)
{
    MixerState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->status &= ~0xffffu;
    s->status |= qemu_get_be16(f);
    s->total += qemu_get_be32(f);
    s->wide = (uint64_t)qemu_get_be32(f) << 32;
    s->wide |= qemu_get_be32(f);
    s->bits ^= qemu_get_byte(f);
    s->delta = qemu_get_sbe32(f);
    s->total <<= qemu_file_get_error(f) ? 1 : 0;
    return 0;
}

void mixer_init(MixerState *s)
{
    register_savevm(NULL, "mixer", 0, 1, mixer_save, mixer_load, s);
}

CORPUS_CASE(MixerState, mixer_save, mixer_load, 1);
