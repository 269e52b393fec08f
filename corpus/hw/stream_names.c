/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stream under other names and in other places: `file`, `fp`, the second parameter, the last.
 * The visitor comes from whatever the call passes.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct MillState {
    uint32_t grain;
    uint16_t flour;
    int stones;
    uint8_t wind;
} MillState;

static void mill_put_stones(MillState *s, QEMUFile *fp)
{
    qemu_put_byte(fp, s->stones);
}

static void mill_get_stones(MillState *s, QEMUFile *fp)
{
    s->stones = qemu_get_byte(fp);
}

static int mill_get_wind(MillState *s, int version, bool strict, QEMUFile *const stream)
{
    s->wind = qemu_get_byte(stream);
    return version == 1 && strict ? 0 : -EINVAL;
}

static void mill_save(QEMUFile *file, void *opaque)
{
    MillState *f = opaque;

    qemu_put_be32(file, f->grain);
    qemu_put_be16(file, f->flour);
    mill_put_stones(f, file);
    qemu_put_byte(file, f->wind);
}

static int mill_load(QEMUFile *file, void *opaque, int version_id)
{
    MillState *f = opaque;

    f->grain = qemu_get_be32(file);
    f->flour = qemu_get_be16(file);
    mill_get_stones(f, file);
    return mill_get_wind(f, version_id, true, file);
}

void mill_init(MillState *s)
{
    register_savevm(NULL, "mill", 0, 1, mill_save, mill_load, s);
}

CORPUS_CASE(MillState, mill_save, mill_load, 1);
