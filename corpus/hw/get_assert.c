/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A get compared in an assert: the macro's argument, read exactly once, where it stands.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct MintState {
    uint32_t coins;
    uint32_t checks;
} MintState;

static void mint_save(QEMUFile *f, void *opaque)
{
    MintState *s = opaque;

    qemu_put_be32(f, s->coins);
    qemu_put_byte(f, 0);
}

static int mint_load(QEMUFile *f, void *opaque, int version_id)
{
    MintState *s = opaque;

    assert(version_id == 1);
    s->coins = qemu_get_be32(f);
    assert(qemu_get_byte(f) == 0);
    s->checks++;
    return 0;
}

void mint_init(MintState *s)
{
    register_savevm(NULL, "mint", 0, 1, mint_save, mint_load, s);
}

CORPUS_CASE(MintState, mint_save, mint_load, 1);
