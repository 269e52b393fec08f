/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sites right after a label, and a loop made of goto. A declaration may not follow a label, and the
 * site is evaluated as often as the label is reached.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define CHAIN_LINKS 4

typedef struct ChainState {
    uint32_t links[CHAIN_LINKS];
    int pulls;
    long slack;
    uint8_t sealed;
} ChainState;

static void chain_save(QEMUFile *f, void *opaque)
{
    ChainState *s = opaque;
    int i = 0;

again:
    qemu_put_be32(f, s->links[i]);
    if (++i < CHAIN_LINKS) {
        goto again;
    }
    if (s->sealed) {
        goto sealed;
    }
    qemu_put_byte(f, 0);
    qemu_put_be64(f, s->slack);
    return;

sealed:
    qemu_put_byte(f, 1);
    qemu_put_byte(f, s->pulls);
}

static int chain_load(QEMUFile *f, void *opaque, int version_id)
{
    ChainState *s = opaque;
    int i = 0, ret = -EINVAL;

    if (version_id != 1) {
        goto out;
    }
again:
    s->links[i] = qemu_get_be32(f);
    if (++i < CHAIN_LINKS) {
        goto again;
    }
    s->sealed = qemu_get_byte(f);
    if (s->sealed) {
        goto sealed;
    }
    s->slack = qemu_get_be64(f);
    ret = 0;
    goto out;

sealed:
    s->pulls = qemu_get_byte(f);
    ret = 0;
out:
    return ret;
}

void chain_init(ChainState *s)
{
    register_savevm(NULL, "chain", 0, 1, chain_save, chain_load, s);
}

CORPUS_CASE(ChainState, chain_save, chain_load, 1);
