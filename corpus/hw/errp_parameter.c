/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions that have an Error **errp of their own: the stream's errors may not end up in it, so the
 * stream's errp gets another name.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct CellarState {
    uint32_t bottles;
    uint16_t shelf;
    int humidity;
    uint8_t rejected;
} CellarState;

static void cellar_put(CellarState *s, QEMUFile *f, Error **errp)
{
    qemu_put_be32(f, s->bottles);
    if (errp) {
        qemu_put_be16(f, s->shelf);
    }
    qemu_put_byte(f, s->humidity);
}

static bool cellar_get(CellarState *s, QEMUFile *f, Error **errp)
{
    Error *err = NULL;

    s->bottles = qemu_get_be32(f);
    if (errp != NULL) {
        s->shelf = qemu_get_be16(f);
        *errp = err;
    }
    s->humidity = qemu_get_byte(f);
    return err == NULL;
}

static void cellar_save(QEMUFile *f, void *opaque)
{
    Error *err = NULL;

    cellar_put(opaque, f, &err);
}

static int cellar_load(QEMUFile *f, void *opaque, int version_id)
{
    CellarState *s = opaque;
    Error *err = NULL;

    if (version_id != 1) {
        return -EINVAL;
    }
    if (!cellar_get(s, f, &err) || err != NULL) {
        s->rejected++;
        return -EINVAL;
    }
    return 0;
}

void cellar_init(CellarState *s)
{
    register_savevm(NULL, "cellar", 0, 1, cellar_save, cellar_load, s);
}

CORPUS_CASE(CellarState, cellar_save, cellar_load, 1);
