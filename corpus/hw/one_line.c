/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions on one line, several statements on one line, and a whole branch on one line.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct FuseState {
    uint8_t blown;
    uint32_t rating;
    int amps;
    uint16_t slot;
} FuseState;

static void fuse_put_rating(QEMUFile *f, FuseState *s) { qemu_put_be32(f, s->rating); }
static void fuse_get_rating(QEMUFile *f, FuseState *s) { s->rating = qemu_get_be32(f); }
static int fuse_get_amps(QEMUFile *f) { return qemu_get_byte(f); }

static void fuse_save(QEMUFile *f, void *opaque)
{
    FuseState *s = opaque;

    qemu_put_byte(f, s->blown); qemu_put_be16(f, s->slot);
    fuse_put_rating(f, s);
    if (!s->blown) { qemu_put_byte(f, s->amps); }
}

static int fuse_load(QEMUFile *f, void *opaque, int version_id)
{
    FuseState *s = opaque;

    if (version_id != 1) return -EINVAL;
    s->blown = qemu_get_byte(f); s->slot = qemu_get_be16(f);
    fuse_get_rating(f, s);
    if (!s->blown) { s->amps = fuse_get_amps(f); }
    return 0;
}

void fuse_init(FuseState *s)
{
    register_savevm(NULL, "fuse", 0, 1, fuse_save, fuse_load, s);
}

CORPUS_CASE(FuseState, fuse_save, fuse_load, 1);
