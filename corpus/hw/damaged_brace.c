/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Damaged code, does not compile: a brace too few. The function that lacks it is refused; those
 * before and after it start and end in the first column, are sound by themselves and are converted.
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
    s->area = qemu_get_be16(f);
}

void spill_init(SpillState *s, QEMUFile *early)
{
    spill_get_area(early, s);
    register_savevm(NULL, "spill", 0, 1, spill_save, spill_load, s);
}
