/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Macros that are the head of a statement and look like a type: a call behind one is no declaration and
 * is made only sometimes, so it stays. A macro that is a type declares as any other type, and one before
 * `struct` can only begin a declaration, though the parser stumbles there.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define IF_NEW if (version_id > 1)
#define UNLESS(x) if (!(x))
#define EVERY for (i = 0; i < 2; i++)
#define WORD uint32_t
#define SCRATCH __attribute__((unused))

typedef struct PierState {
    uint32_t one, two, three;
    uint8_t row;
} PierState;

static void pier_put(QEMUFile *f, PierState *s)
{
    UNLESS(s->row & 1) qemu_put_be32(f, s->one); /* want: unparsed */
}

static uint32_t pier_get(QEMUFile *f)
{
    WORD level = qemu_get_be32(f);

    return level;
}

static uint32_t pier_get_behind(QEMUFile *f, PierState *s)
{
    SCRATCH struct PierState *same = s;

    return qemu_get_be32(f);
}

static void pier_save(QEMUFile *f, void *opaque)
{
    PierState *s = opaque;

    pier_put(f, s);
    qemu_put_be32(f, s->two);
    qemu_put_be32(f, s->three);
    qemu_put_be32(f, s->one);
    qemu_put_be32(f, s->three);
}

static int pier_load(QEMUFile *f, void *opaque, int version_id)
{
    PierState *s = opaque;
    int i;
    uint32_t tmp = 4;

    IF_NEW tmp = qemu_get_be32(f); /* want: unparsed */
    EVERY tmp += qemu_get_be32(f); /* want: unparsed */
    s->one = tmp;
    s->two = pier_get(f);
    s->three = pier_get_behind(f, s);
    return version_id > 1;
}

void pier_init(PierState *s)
{
    register_savevm(NULL, "pier", 0, 1, pier_save, pier_load, s);
}

CORPUS_CASE(PierState, pier_save, pier_load, 1);
