/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Damaged code, does not compile: a brace too few, so that the rest of the file is inside the damaged
 * function. Nothing after the damage is converted; what stands before it is.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"

typedef struct SpillState {
    uint32_t litres;
    uint16_t area;
} SpillState;

static void spill_save(QEMUFile *f, void *opaque)
{
    SpillState *s = opaque;

    qemu_put_be32(f, s->litres);
}

static int spill_load(QEMUFile *f, void *opaque, int version_id)
{
    SpillState *s = opaque;

    if (version_id == 1) {
        s->litres = qemu_get_be32(f); /* want: unparsed */
    return 0;
}

static void spill_get_area(QEMUFile *f, SpillState *s)
{
    s->area = qemu_get_be16(f); /* want: unparsed */
}
