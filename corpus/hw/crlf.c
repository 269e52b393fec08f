/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file whose lines end in CRLF: added lines end so too, and no other line changes its end.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct SluiceState {
    uint32_t speed;
    int turns;
    uint8_t lid;
    uint16_t blades[3];
} SluiceState;

static void sluice_save(QEMUFile *f, void *opaque)
{
    SluiceState *s = opaque;
    int i;

    qemu_put_be32(f, s->speed);
    qemu_put_byte(f, s->turns);
    qemu_put_byte(f, s->lid);
    for (i = 0; i < 3; i++) {
        if (s->lid & 1)
            qemu_put_be16(f, s->blades[i]);
        else
            qemu_put_be32(f, s->blades[i]);
    }
}

static int sluice_load(QEMUFile *f, void *opaque, int version_id)
{
    SluiceState *s = opaque;
    int i;

    if (version_id != 1)
        return -EINVAL;
    s->speed = qemu_get_be32(f);
    s->turns = qemu_get_byte(f);
    s->lid = qemu_get_byte(f);
    for (i = 0; i < 3; i++) {
        if (s->lid & 1)
            s->blades[i] = qemu_get_be16(f);
        else
            s->blades[i] = qemu_get_be32(f);
    }
    return 0;
}

void sluice_init(SluiceState *s)
{
    register_savevm(NULL, "sluice", 0, 1, sluice_save, sluice_load, s);
}

CORPUS_CASE(SluiceState, sluice_save, sluice_load, 1);
