/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A comment and a string with bytes that are no UTF-8 (Latin-1, by Jörg Müller): they come out as
 * they went in, and columns count bytes.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct GlockeState {
    uint32_t strokes;
    int pause;
} GlockeState;

static const char glocke_maker[] = "Müller & Söhne";

static void glocke_save(QEMUFile *f, void *opaque)
{
    GlockeState *s = opaque;

    qemu_put_byte(f, glocke_maker[0]);
    /* größer als nötig */ qemu_put_be32(f, s->strokes); /* Schläge */
    qemu_put_byte(f, s->pause); /* 20 µs */
}

static int glocke_load(QEMUFile *f, void *opaque, int version_id)
{
    GlockeState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    if (qemu_get_byte(f) != 'M') {
        return -EINVAL;
    }
    s->strokes = qemu_get_be32(f); /* Schläge */
    /* µs */ s->pause = qemu_get_byte(f);
    return 0;
}

void glocke_init(GlockeState *s)
{
    register_savevm(NULL, "glocke", 0, 1, glocke_save, glocke_load, s);
}

CORPUS_CASE(GlockeState, glocke_save, glocke_load, 1);
