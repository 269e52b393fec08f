/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names that new variables must not take: those behind macros, however deep, and behind ##, keywords and
 * what the C library defines. A local with the name of a visited type keeps its function as it is.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define DEEP DEEPER
#define DEEPER v
#define JOINED(a, b) a ## b

static uint32_t v = 5, errp = 6;

typedef struct GateState {
    uint32_t one, two, three, four;
    uint8_t row;
} GateState;

static void set_long(GateState *s, int value)
{
    s->one = value;
}

static void read_register(GateState *s, int value)
{
    s->two = value;
}

static void set_errno(GateState *s, int value)
{
    s->three = value;
}

static void gate_word(GateState *s, QEMUFile *f)
{
    uint32_t uint32_t = 3;

    s->four = qemu_get_be32(f) + uint32_t; /* want: name-taken */
}

static void gate_save(QEMUFile *f, void *opaque)
{
    GateState *s = opaque;

    qemu_put_byte(f, s->row);
    qemu_put_byte(f, s->one);
    qemu_put_be16(f, s->two);
    qemu_put_byte(f, s->three);
    qemu_put_be32(f, s->four);
}

static int gate_load(QEMUFile *f, void *opaque, int version_id)
{
    GateState *s = opaque;

    s->row = qemu_get_byte(f) + DEEP + JOINED(er, rp);
    set_long(s, qemu_get_byte(f));
    read_register(s, qemu_get_be16(f));
    set_errno(s, qemu_get_byte(f));
    gate_word(s, f);
    return version_id > 1;
}

void gate_init(GateState *s)
{
    register_savevm(NULL, "gate", 0, 1, gate_save, gate_load, s);
}

CORPUS_CASE(GateState, gate_save, gate_load, 1);
