/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An #if among the arguments of a call: one call in the text, several after the preprocessor, and no
 * single operand to resolve. Refused; an #if around a whole call is not this.
 */
/* also: -DFORGE_GAS */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct ForgeState {
    uint32_t heat;
    uint16_t bellows;
#ifdef FORGE_GAS
    uint32_t gas;
#else
    uint32_t coal;
#endif
} ForgeState;

static void forge_put_fuel(QEMUFile *f, ForgeState *s)
{
    qemu_put_be32(f, /* want: split-by-preprocessor */
#ifdef FORGE_GAS
                  s->gas
#else
                  s->coal
#endif
                  );
}

static void forge_get_fuel(QEMUFile *f, ForgeState *s)
{
    qemu_get_be32s(f, /* want: split-by-preprocessor */
#ifdef FORGE_GAS
                   &s->gas
#else
                   &s->coal
#endif
                   );
}

static void forge_save(QEMUFile *f, void *opaque)
{
    ForgeState *s = opaque;

    qemu_put_be32(f, s->heat);
    forge_put_fuel(f, s);
    qemu_put_be16(f, s->bellows);
}

static int forge_load(QEMUFile *f, void *opaque, int version_id)
{
    ForgeState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->heat = qemu_get_be32(f);
    forge_get_fuel(f, s);
    s->bellows = qemu_get_be16(f);
    return 0;
}

void forge_init(ForgeState *s)
{
    register_savevm(NULL, "forge", 0, 1, forge_save, forge_load, s);
}

CORPUS_CASE(ForgeState, forge_save, forge_load, 1);
