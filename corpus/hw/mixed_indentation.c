/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tab in the first line of a function, spaces in all others: new declarations are indented like
 * the one that they follow.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct LoomState {
    uint32_t threads;
    uint8_t shed;
} LoomState;

static void loom_save(QEMUFile *f, void *opaque)
{
	LoomState *s = opaque;
    uint8_t shed = s->shed;

    qemu_put_be32(f, s->threads);
    qemu_put_8s(f, &shed);
}

static int loom_load(QEMUFile *f, void *opaque, int version_id)
{
    LoomState *s = opaque;

	s->threads = qemu_get_be32(f);
    s->shed = qemu_get_byte(f);
    return version_id == 1 ? 0 : -EINVAL;
}

void loom_init(LoomState *s)
{
    register_savevm(NULL, "loom", 0, 1, loom_save, loom_load, s);
}

CORPUS_CASE(LoomState, loom_save, loom_load, 1);
