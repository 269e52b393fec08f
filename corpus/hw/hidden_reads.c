/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads behind a macro's name beside a get: C leaves open which is first. Behind `&&` and in an argument
 * of the call itself the order is fixed.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define HIGH qemu_get_byte(f) /* want: macro-body */
#define MORE mill_more(f)
#define WIDTH 16

typedef struct MillState {
    uint32_t one, two, three, four;
    uint8_t row;
    uint8_t flour[16];
} MillState;

static int mill_more(QEMUFile *f)
{
    return qemu_get_byte(f);
}

static void mill_hidden(MillState *s, QEMUFile *f)
{
    s->one = HIGH << 8 | qemu_get_byte(f); /* want: order-open */
    s->two = MORE << 8 | qemu_get_byte(f); /* want: order-open */
}

static void mill_save(QEMUFile *f, void *opaque)
{
    MillState *s = opaque;

    qemu_put_be32(f, s->one);
    qemu_put_be32(f, s->two);
    qemu_put_byte(f, 1);
    qemu_put_byte(f, s->row);
    qemu_put_byte(f, 4);
    qemu_put_buffer(f, s->flour, 4);
}

static int mill_load(QEMUFile *f, void *opaque, int version_id)
{
    MillState *s = opaque;
    mill_hidden(s, f);
    s->three = WIDTH << 8 | qemu_get_byte(f);
    s->four = s->row && qemu_get_byte(f);
    s->row = qemu_get_byte(f);
    qemu_get_buffer(f, s->flour, qemu_get_byte(f) & 15);
    return version_id > 1;
}

void mill_init(MillState *s)
{
    register_savevm(NULL, "mill", 0, 1, mill_save, mill_load, s);
}

CORPUS_CASE(MillState, mill_save, mill_load, 1);
