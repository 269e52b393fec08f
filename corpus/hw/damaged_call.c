/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Damaged code, does not compile: a parenthesis is missing in one function, an operand in another.
 * The damaged functions are refused as a whole, those before and after them are converted.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"

typedef struct WreckState {
    uint32_t hull;
    uint16_t mast;
    uint8_t crew;
} WreckState;

static void wreck_put_hull(QEMUFile *f, WreckState *s)
{
    qemu_put_be32(f, s->hull);
}

static void wreck_put_mast(QEMUFile *f, WreckState *s)
{
    qemu_put_be16(f, s->mast; /* want: unparsed */
}

static void wreck_put_crew(QEMUFile *f, WreckState *s)
{
    if (s->crew > ) {
        qemu_put_byte(f, s->crew +); /* want: unparsed */
    }
}

static void wreck_save(QEMUFile *f, void *opaque)
{
    WreckState *s = opaque;

    wreck_put_hull(f, s);
    wreck_put_mast(f, s);
    wreck_put_crew(f, s);
    qemu_put_be32(f, s->hull);
}

void wreck_init(WreckState *s)
{
    register_savevm(NULL, "wreck", 0, 1, wreck_save, NULL, s);
}
