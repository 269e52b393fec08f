/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Streams that may be NULL where a function begins: tested, tested by a function of the file, or declared
 * so. The visitor is got at the top, so these calls stay.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct DamState {
    uint32_t one, two, three;
} DamState;

static void dam_tested(DamState *s, QEMUFile *f)
{
    if (f) {
        s->one = qemu_get_be32(f); /* want: stream-may-be-null */
    }
}

static bool dam_is_open(QEMUFile *f)
{
    return f != NULL;
}

static void dam_asked(DamState *s, QEMUFile *f)
{
    if (!dam_is_open(f)) {
        return;
    }
    s->two = qemu_get_be32(f); /* want: stream-may-be-null */
}

static void dam_declared(DamState *s, QEMUFile *f)
{
    QEMUFile *g = s->one & 1 ? f : NULL;

    if (s->one & 1) {
        s->three = qemu_get_be32(g); /* want: stream-may-be-null */
    }
}

static void dam_save(QEMUFile *f, void *opaque)
{
    DamState *s = opaque;

    qemu_put_be32(f, s->one);
    qemu_put_be32(f, s->two);
    qemu_put_be32(f, s->three);
}

static int dam_load(QEMUFile *f, void *opaque, int version_id)
{
    DamState *s = opaque;
    dam_tested(s, NULL);
    dam_tested(s, f);
    dam_asked(s, NULL);
    dam_asked(s, f);
    dam_declared(s, f);
    return version_id > 1;
}

void dam_init(DamState *s)
{
    register_savevm(NULL, "dam", 0, 1, dam_save, dam_load, s);
}

CORPUS_CASE(DamState, dam_save, dam_load, 1);
