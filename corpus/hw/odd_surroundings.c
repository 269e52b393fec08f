/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text that confuses a parser without a preprocessor although it compiles: macros without semicolons
 * between functions, attributes, an initialiser that starts with an #ifndef. The functions themselves
 * are sound, and all their sites are converted.
 */
/* also: -DSTILL_BARE */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define STILL_API __attribute__((noinline))
#define STILL_MODULE(name) extern int still_module_##name;

typedef struct StillState {
    uint32_t proof;
    int heads;
    uint16_t copper;
} StillState;

STILL_MODULE(base)
STILL_MODULE(extra)

static const char *const still_names[] = {
#ifndef STILL_BARE
    "pot",
#endif
    [1] = "column",
};

static STILL_API void still_save(QEMUFile *f, void *opaque)
{
    StillState *s = opaque;

    qemu_put_be32(f, s->proof);
    qemu_put_byte(f, s->heads);
    qemu_put_byte(f, still_names[1][0]);
}

STILL_MODULE(tail)

static int STILL_API still_load(QEMUFile *f, void *opaque, int version_id)
{
    StillState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->proof = qemu_get_be32(f);
    s->heads = qemu_get_byte(f);
    return qemu_get_byte(f) == 'c' ? 0 : -EINVAL;
}

void still_init(StillState *s)
{
    register_savevm(NULL, "still", 0, 1, still_save, still_load, s);
}

CORPUS_CASE(StillState, still_save, still_load, 1);
