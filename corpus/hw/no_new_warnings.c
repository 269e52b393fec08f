/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sites that the compiler would say something new about: comparisons with the ends of a type's range,
 * a complement that is tested, a value that a comma or nobody takes, constants wider than the wire.
 * The value keeps the getter's type, or is cast.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define VALVE_STEPS(...) (__VA_ARGS__)

typedef struct SpoutState {
    uint32_t drops;
    uint16_t valve;
    uint8_t taps;
} SpoutState;

static void spout_save(QEMUFile *f, void *opaque)
{
    SpoutState *s = opaque;

    qemu_put_byte(f, 'a');
    qemu_put_byte(f, '\n');
    qemu_put_byte(f, ('a' % 5) * VALVE_STEPS(200));
    qemu_put_byte(f, 1 ? 300 : 2);
    qemu_put_be16(f, s->valve);
    qemu_put_be32(f, (int [2]){ s->taps, 2 }[1]);
    qemu_put_be32(f, s->drops);
}

static int spout_load(QEMUFile *f, void *opaque, int version_id)
{
    SpoutState *s = opaque;

    s->taps = 0;
    if (qemu_get_byte(f) >= 0) {
        s->taps |= 1;
    }
    if (0 > qemu_get_byte(f)) {
        s->taps |= 2;
    }
    if (qemu_get_byte(f) <= 255) {
        s->taps |= 4;
    }
    if (qemu_get_byte(f) < 255) {
        s->taps |= 8;
    }
    if (~qemu_get_be16(f)) {
        s->taps |= 16;
    }
    s->valve = (qemu_get_be16(f), version_id);
    s->drops = (qemu_get_be32(f), qemu_get_be32(f));
    (qemu_get_be16(f));
    return 0;
}

void spout_init(SpoutState *s)
{
    register_savevm(NULL, "spout", 0, 1, spout_save, spout_load, s);
}

CORPUS_CASE(SpoutState, spout_save, spout_load, 1);
