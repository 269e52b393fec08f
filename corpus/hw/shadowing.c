/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Locals that shadow others of another type, a global of the state's type, and two structs with a
 * field of the same name: the type is that of the declaration in sight, at the place of the site.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct EchoCell {
    uint16_t level;
} EchoCell;

typedef struct CaveState {
    uint32_t level;
    EchoCell cells[2];
    uint64_t drip;
} CaveState;

static CaveState cave;
static uint8_t level;

static void cave_save(QEMUFile *f, void *opaque)
{
    CaveState *s = opaque;
    int i;

    cave = *s;
    level = cave.level & 0xff;
    qemu_put_byte(f, level);
    qemu_put_be32(f, cave.level);
    for (i = 0; i < 2; i++) {
        EchoCell *s = &cave.cells[i];
        uint32_t level = s->level;

        qemu_put_be16(f, s->level);
        qemu_put_be32(f, level);
        {
            uint64_t level = cave.drip;

            qemu_put_be32(f, level);
        }
    }
    qemu_put_be64(f, s->drip);
}

static int cave_load(QEMUFile *f, void *opaque, int version_id)
{
    CaveState *s = opaque;
    int i;

    if (version_id != 1) {
        return -EINVAL;
    }
    level = qemu_get_byte(f);
    cave.level = qemu_get_be32(f);
    for (i = 0; i < 2; i++) {
        EchoCell *s = &cave.cells[i];
        uint32_t level;

        s->level = qemu_get_be16(f);
        level = qemu_get_be32(f);
        s->level |= level >> 16;
        {
            uint64_t level;

            level = qemu_get_be32(f);
            cave.drip = level << i;
        }
    }
    s->drip = qemu_get_be64(f);
    s->level = cave.level + level;
    memcpy(s->cells, cave.cells, sizeof(s->cells));
    return 0;
}

void cave_init(CaveState *s)
{
    register_savevm(NULL, "cave", 0, 1, cave_save, cave_load, s);
}

CORPUS_CASE(CaveState, cave_save, cave_load, 1);
