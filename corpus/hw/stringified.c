/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Macros that make a string of their argument, directly, through another macro, of any number: the
 * program sees the text of the call, which must stay. A macro beside them that only evaluates does not.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define NOTE(x) ((x) + (unsigned)strlen(#x))
#define PASS(x) NOTE(x)
#define ALL(...) ((unsigned)sizeof(#__VA_ARGS__) + (__VA_ARGS__))
#define PLAIN(x) ((x) + 1)

typedef struct BuoyState {
    uint32_t one, two, three, four;
} BuoyState;

static void buoy_save(QEMUFile *f, void *opaque)
{
    BuoyState *s = opaque;

    qemu_put_be32(f, s->one);
    qemu_put_be32(f, s->two);
    qemu_put_be32(f, s->three);
    qemu_put_be16(f, s->four);
}

static int buoy_load(QEMUFile *f, void *opaque, int version_id)
{
    BuoyState *s = opaque;

    s->one = NOTE(qemu_get_be32(f)); /* want: stringified */
    s->two = PASS(qemu_get_be32(f)); /* want: stringified */
    s->three = ALL(qemu_get_be32(f)); /* want: stringified */
    s->four = PLAIN(qemu_get_be16(f));
    return version_id > 1;
}

void buoy_init(BuoyState *s)
{
    register_savevm(NULL, "buoy", 0, 1, buoy_save, buoy_load, s);
}

CORPUS_CASE(BuoyState, buoy_save, buoy_load, 1);
