/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a visitor of the file's own does for a visit stays: its primitives are what the visit comes to. A
 * handler beside it is converted as any other. Not run: the visitor is none of the program's.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "qapi/visitor.h"
#include "corpus.h"

typedef struct StreamVisitor {
    QEMUFile *file;
} StreamVisitor;

typedef struct ReelState {
    uint32_t turns;
} ReelState;

static void reel_visit_uint32(Visitor *v, uint32_t *obj, const char *name, Error **errp)
{
    StreamVisitor *visitor = (StreamVisitor *)v;
    QEMUFile *f = visitor->file;

    qemu_put_be32(f, *obj); /* want: plumbing */
    (void)name;
    (void)errp;
}

static void reel_save(QEMUFile *f, void *opaque)
{
    ReelState *s = opaque;

    qemu_put_be32(f, s->turns);
}

void reel_init(ReelState *s, Visitor *v)
{
    register_savevm(NULL, "reel", 0, 1, reel_save, NULL, s);
    reel_visit_uint32(v, &s->turns, "turns", NULL);
}
