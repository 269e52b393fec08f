/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The user of the handlers in static_inline.h: its own calls are calls of helpers and stay; only the
 * sites beside them change.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "static_inline.h"
#include "corpus.h"

static void cog_save(QEMUFile *f, void *opaque)
{
    CogState *s = opaque;

    cog_put(f, s);
    qemu_put_byte(f, 0x7e);
    cog_put_ratio(f, s);
}

static int cog_load(QEMUFile *f, void *opaque, int version_id)
{
    CogState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    cog_get(f, s);
    if (qemu_get_byte(f) != 0x7e) {
        return -EINVAL;
    }
    cog_get_ratio(f, s);
    return 0;
}

void cog_init(CogState *s)
{
    register_savevm(NULL, "cog", 0, 1, cog_save, cog_load, s);
}

CORPUS_CASE(CogState, cog_save, cog_load, 1);
