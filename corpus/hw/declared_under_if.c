/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Declarations whose last ones are under #if: what is read into a variable before them may not be
 * read in there, and follows its own declaration.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct LanternState {
    uint32_t glow;
    uint32_t wick;
} LanternState;

static void lantern_save(QEMUFile *f, void *opaque)
{
    LanternState *s = opaque;

    qemu_put_be32(f, s->glow);
    qemu_put_byte(f, s->wick & 0x7f);
    qemu_put_be16(f, s->wick >> 7 & 0xffff);
}

static int lantern_load(QEMUFile *f, void *opaque, int version_id)
{
    LanternState *s = opaque;
    uint32_t glow = qemu_get_be32(f);
#ifdef LANTERN_SPARE
    uint32_t spare = 1;
#else
    uint8_t spare = 0;
#endif

    s->glow = glow + spare;
    if (version_id > 0) {
        volatile uint8_t low = qemu_get_byte(f);
        uint32_t high = qemu_get_be16(f) << 7;
#ifdef LANTERN_SPARE
        int more = 0;
#endif

        s->wick = low | high;
    }
    return 0;
}

void lantern_init(LanternState *s)
{
    register_savevm(NULL, "lantern", 0, 1, lantern_save, lantern_load, s);
}

CORPUS_CASE(LanternState, lantern_save, lantern_load, 1);
