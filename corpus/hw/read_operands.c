/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gets in operands: the address that bytes or a field are read to, their number, the value of another
 * primitive, an initialiser that the next one uses. And calls without a result where C wants an
 * expression: returned, thrown away, chosen, in a row.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define SHELVES 4

typedef struct CellarState {
    uint32_t bottles[SHELVES];
    uint8_t label[SHELVES][4];
    uint8_t cork[4];
    uint8_t pick;
    int32_t year;
} CellarState;

static uint8_t *cellar_label(CellarState *s, int at)
{
    return s->label[at & (SHELVES - 1)];
}

static void cellar_put_cork(QEMUFile *f, CellarState *s)
{
    return qemu_put_buffer(f, s->cork, sizeof(s->cork));
}

static void cellar_get_year(QEMUFile *f, CellarState *s)
{
    return qemu_get_sbe32s(f, &s->year);
}

static void cellar_save(QEMUFile *f, void *opaque)
{
    CellarState *s = opaque;

    cellar_put_cork(f, s);
    (void)qemu_put_sbe32(f, s->year);
    s->pick & 1 ? qemu_put_byte(f, 1) : (void)0;
    qemu_put_byte(f, 0x1ff), qemu_put_be32s(f, &(uint32_t){ s->pick });
    qemu_put_byte(f, s->pick);
    qemu_put_byte(f, 3);
    qemu_put_byte(f, s->pick);
}

static int cellar_load(QEMUFile *f, void *opaque, int version_id)
{
    CellarState *s = opaque;
    size_t count = qemu_get_byte(f) & 3;
    size_t done = qemu_get_buffer(f, s->cork, count);
    static uint32_t loads = 1;

    cellar_get_year(f, s);
    qemu_get_be32s(f, &s->bottles[qemu_get_byte(f) & (SHELVES - 1)]);
    qemu_get_buffer(f, cellar_label(s, qemu_get_byte(f)), 4);
    qemu_get_buffer(f, s->cork, qemu_get_byte(f) & 3);
    s->pick = (int)qemu_get_byte(f) - (int)done;
    s->bottles[0] = loads;
    return version_id > 1;
}

void cellar_init(CellarState *s)
{
    register_savevm(NULL, "cellar", 0, 1, cellar_save, cellar_load, s);
}

CORPUS_CASE(CellarState, cellar_save, cellar_load, 1);
