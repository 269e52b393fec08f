/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One function with two streams: two visitors and two errps, and every visit takes the pair that
 * belongs to its own stream.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct TwinState {
    uint32_t left;
    uint32_t right;
    int32_t skew;
    int link;
} TwinState;

static void twin_put(QEMUFile *primary, QEMUFile *mirror, TwinState *s)
{
    qemu_put_be32(primary, s->left);
    qemu_put_be32(mirror, s->right);
    qemu_put_sbe32(primary, s->skew);
    qemu_put_byte(mirror, s->link);
    qemu_put_byte(primary, s->link);
}

static void twin_get(QEMUFile *primary, QEMUFile *mirror, TwinState *s)
{
    s->left = qemu_get_be32(primary);
    s->right = qemu_get_be32(mirror);
    s->skew = qemu_get_sbe32(primary);
    s->link = qemu_get_byte(mirror);
    s->link = qemu_get_byte(primary);
}

static void twin_save(QEMUFile *f, void *opaque)
{
    twin_put(f, f, opaque);
}

static int twin_load(QEMUFile *f, void *opaque, int version_id)
{
    if (version_id != 1) {
        return -EINVAL;
    }
    twin_get(f, f, opaque);
    return 0;
}

void twin_init(TwinState *s)
{
    register_savevm(NULL, "twin", 0, 1, twin_save, twin_load, s);
}

CORPUS_CASE(TwinState, twin_save, twin_load, 1);
