/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bitfields have no address, not even one that is as wide as the wire: literal on the way out,
 * temporary on the way in.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct SirenState {
    uint32_t armed:1;
    uint32_t pitch:7;
    unsigned int volume:24;
    uint8_t octave:8;
    int detune:12;
} SirenState;

static void siren_save(QEMUFile *f, void *opaque)
{
    SirenState *s = opaque;

    qemu_put_byte(f, s->armed);
    qemu_put_byte(f, s->pitch);
    qemu_put_be32(f, s->volume);
    qemu_put_byte(f, s->octave);
    qemu_put_sbe32(f, s->detune);
}

static int siren_load(QEMUFile *f, void *opaque, int version_id)
{
    SirenState *s = opaque;

    if (version_id != 3) {
        return -EINVAL;
    }
    s->armed = qemu_get_byte(f);
    s->pitch = qemu_get_byte(f);
    s->volume = qemu_get_be32(f);
    s->octave = qemu_get_byte(f);
    s->detune = qemu_get_sbe32(f);
    return 0;
}

void siren_init(SirenState *s)
{
    register_savevm(NULL, "siren", 0, 3, siren_save, siren_load, s);
}

CORPUS_CASE(SirenState, siren_save, siren_load, 3);
