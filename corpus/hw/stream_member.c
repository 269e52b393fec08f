/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stream is a member of a struct: helpers use s->file, once behind two arrows, and get their
 * visitor from that very expression. Nobody assigns it while they run.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct DockLink {
    QEMUFile *file;
} DockLink;

typedef struct DockState {
    QEMUFile *file;
    DockLink *link;
    DockLink store;
    uint32_t cranes;
    int ships;
    uint16_t tide;
} DockState;

static void dock_put(DockState *s)
{
    qemu_put_be32(s->file, s->cranes);
    qemu_put_byte(s->file, s->ships);
}

static void dock_get(DockState *s)
{
    s->cranes = qemu_get_be32(s->file);
    s->ships = qemu_get_byte(s->file);
}

static void dock_put_tide(DockState *dock)
{
    qemu_put_be16(dock->link->file, dock->tide);
}

static void dock_get_tide(DockState *dock)
{
    dock->tide = qemu_get_be16(dock->link->file);
}

static void dock_attach(DockState *s, QEMUFile *f)
{
    s->file = f;
    s->store.file = f;
}

static void dock_save(QEMUFile *f, void *opaque)
{
    DockState *s = opaque;

    dock_attach(s, f);
    dock_put(s);
    dock_put_tide(s);
    dock_attach(s, NULL);
}

static int dock_load(QEMUFile *f, void *opaque, int version_id)
{
    DockState *s = opaque;

    dock_attach(s, f);
    dock_get(s);
    dock_get_tide(s);
    dock_attach(s, NULL);
    return version_id == 1 ? 0 : -EINVAL;
}

void dock_init(DockState *s)
{
    register_savevm(NULL, "dock", 0, 1, dock_save, dock_load, s);
}

static void dock_random(DockState *s, const uint8_t *random, size_t n)
{
    corpus_fill(s, sizeof(*s), random, n);
    dock_attach(s, NULL);
    s->link = &s->store;
}

CORPUS_CASE_INIT(DockState, dock_save, dock_load, 1, dock_random);
