/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The unsigned types of <sys/types.h>, which no header of the tree declares, and names made of them: as
 * exact as those of <stdint.h>. `u_long` is not, nor a name that a branch of #if declares otherwise.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#ifdef CORPUS_OLD_HOST
typedef unsigned char u_int8_t;
#define knot_t uint32_t
#else
#define knot_t u_short
#endif

typedef u_int32_t rope_t;
typedef u_char cord_t;

typedef struct RopeState {
    u_char strands;
    u_short length;
    u_int load;
    u_int8_t ends;
    u_int16_t ply[4];
    rope_t tar;
    u_int64_t age;
    cord_t cord;
    u_long hauls;
    uint turns;
    ushort lay;
    knot_t knot;
} RopeState;

static void rope_save(QEMUFile *f, void *opaque)
{
    RopeState *s = opaque;
    int i;

    qemu_put_byte(f, s->strands);
    qemu_put_be16(f, s->length);
    qemu_put_be32(f, s->load);
    qemu_put_8s(f, &s->ends);
    for (i = 0; i < 4; i++) {
        qemu_put_be16s(f, &s->ply[i]);
    }
    qemu_put_be32(f, s->tar);
    qemu_put_be64(f, s->age);
    qemu_put_byte(f, s->cord);
    qemu_put_be64(f, s->hauls);
    qemu_put_be32(f, s->turns);
    qemu_put_be16(f, s->lay);
    qemu_put_be32(f, s->knot);
}

static int rope_load(QEMUFile *f, void *opaque, int version_id)
{
    RopeState *s = opaque;
    int i;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->strands = qemu_get_byte(f);
    s->length = qemu_get_be16(f);
    s->load = qemu_get_be32(f);
    qemu_get_8s(f, &s->ends);
    for (i = 0; i < 4; i++) {
        qemu_get_be16s(f, &s->ply[i]);
    }
    s->tar = qemu_get_be32(f);
    s->age = qemu_get_be64(f);
    s->cord = qemu_get_byte(f);
    s->hauls = qemu_get_be64(f);
    s->turns = qemu_get_be32(f);
    s->lay = qemu_get_be16(f);
    s->knot = qemu_get_be32(f);
    return 0;
}

void rope_init(RopeState *s)
{
    register_savevm(NULL, "rope", 0, 1, rope_save, rope_load, s);
}

CORPUS_CASE(RopeState, rope_save, rope_load, 1);
