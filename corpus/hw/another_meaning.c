/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of primitives that mean something else: a macro of the file, a parameter, a local; and names that
 * are no call where they stand: in parentheses, as a pointer, behind a macro.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define qemu_get_be64(f) ((uint64_t)qemu_get_be16(f)) /* want: macro-body */
#define FETCH qemu_get_be16 /* want: macro-body */

typedef struct FordState {
    uint64_t one;
    uint32_t two, three, four, five, six;
} FordState;

static uint32_t ford_by(QEMUFile *f, unsigned int (*qemu_get_be32)(QEMUFile *))
{
    return qemu_get_be32(f); /* want: not-the-primitive */
}

static void ford_plain(FordState *s, QEMUFile *f)
{
    s->six = qemu_get_be16(f);
}

static void ford_save(QEMUFile *f, void *opaque)
{
    FordState *s = opaque;

    qemu_put_be16(f, s->one);
    qemu_put_be16(f, s->two);
    qemu_put_be16(f, s->three);
    qemu_put_be16(f, s->four);
    qemu_put_be16(f, s->five);
    qemu_put_be16(f, s->six);
}

static int ford_load(QEMUFile *f, void *opaque, int version_id)
{
    FordState *s = opaque;
    unsigned int (*fetch)(QEMUFile *) = qemu_get_be16; /* want: not-called */

    s->one = qemu_get_be64(f); /* want: not-the-primitive */
    s->two = ford_by(f, qemu_get_be16); /* want: not-called */
    s->three = (qemu_get_be16)(f); /* want: not-called */
    s->four = FETCH(f);
    s->five = fetch(f);
    ford_plain(s, f);
    return version_id > 1;
}

void ford_init(FordState *s)
{
    register_savevm(NULL, "ford", 0, 1, ford_save, ford_load, s);
}

CORPUS_CASE(FordState, ford_save, ford_load, 1);
