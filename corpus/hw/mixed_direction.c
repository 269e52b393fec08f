/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A get in a save handler, a put in a load handler: a visitor has one direction per stream, so these
 * would turn into their opposites. Refused, with all their function's sites. The registration tells
 * the direction where the sites alone would not. Not run: what it writes it cannot read.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct ClampState {
    uint32_t force;
    uint16_t gap;
    uint8_t jaw;
} ClampState;

/* The registration says save, so the only site goes the wrong way. */
static void clamp_save(QEMUFile *f, void *opaque)
{
    ClampState *s = opaque;

    s->jaw = qemu_get_byte(f); /* want: mixed-direction */
}

/* The registration says load. */
static int clamp_load(QEMUFile *f, void *opaque, int version_id)
{
    ClampState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    qemu_put_byte(f, s->jaw); /* want: mixed-direction */
    return 0;
}

/* Nothing says what this one is: it goes both ways itself. */
void clamp_transfer(QEMUFile *f, ClampState *s, bool saving)
{
    if (saving) {
        qemu_put_be32(f, s->force); /* want: mixed-direction */
    } else {
        s->force = qemu_get_be32(f); /* want: mixed-direction */
    }
}

void clamp_put_gap(QEMUFile *f, ClampState *s)
{
    qemu_put_be16(f, s->gap);
}

void clamp_get_gap(QEMUFile *f, ClampState *s)
{
    s->gap = qemu_get_be16(f);
}

void clamp_init(ClampState *s)
{
    register_savevm(NULL, "clamp", 0, 1, clamp_save, clamp_load, s);
}
