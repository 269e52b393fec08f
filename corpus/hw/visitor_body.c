/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a visitor of the file's own does for a visit stays: its primitives are what the visit comes to,
 * in what it calls as well, and in what a visitor's member is set to whatever it takes. A handler beside
 * it is converted as any other. Not run: the visitor is none of the program's.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "qapi/visitor.h"
#include "corpus.h"

typedef struct StreamVisitor {
    QEMUFile *file;
    void (*type_flag)(struct StreamVisitor *visitor, bool flag);
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

static void reel_put_half(QEMUFile *f, uint16_t half)
{
    qemu_put_be16(f, half); /* want: plumbing */
}

static void reel_put_twice(QEMUFile *f, uint16_t half)
{
    reel_put_half(f, half);
    reel_put_half(f, half);
}

static void reel_visit_uint16(Visitor *v, uint16_t *obj, const char *name, Error **errp)
{
    StreamVisitor *visitor = (StreamVisitor *)v;

    reel_put_twice(visitor->file, *obj);
    (void)name;
    (void)errp;
}

static void reel_visit_flag(StreamVisitor *visitor, bool flag)
{
    qemu_put_byte(visitor->file, flag); /* want: plumbing */
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
    reel_visit_uint16(v, NULL, "half", NULL);
    ((StreamVisitor *)v)->type_flag = reel_visit_flag;
}
