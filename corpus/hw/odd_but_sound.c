/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rare shapes that are converted as any other: a type in capitals, a pointer cast below a dereference,
 * designated initialisers of a literal, initialisers that act, a macro's value block in a loop.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef int LEVEL;
typedef uint32_t LEVEL_ALIGNED __attribute__((aligned(8)));

#define VALUE_OF(x) ({ x; })

typedef struct GateHalf {
    uint8_t left;
    uint32_t right;
} GateHalf;

typedef struct GateState {
    GateHalf half;
    uint8_t row[4];
    uint32_t turns;
    uint64_t total;
} GateState;

static void gate_save(QEMUFile *f, void *opaque)
{
    GateState *s = opaque;

    qemu_put_8s(f, (const uint8_t *)&s->row[1]);
    qemu_put_byte(f, 0);
    qemu_put_be32(f, s->turns);
    qemu_put_byte(f, s->half.left);
    qemu_put_be32(f, s->half.right);
    qemu_put_be64(f, s->total);
    qemu_put_be64(f, s->total);
}

static int gate_load(QEMUFile *f, void *opaque, int version_id)
{
    GateState *s = opaque;
    LEVEL first = qemu_get_byte(f);
    LEVEL_ALIGNED turns;

    (void)version_id;
    *(uint8_t *)s->row = first;
    while (VALUE_OF(qemu_get_byte(f))) {
        if (s->turns++ > 3) {
            break;
        }
    }
    turns = qemu_get_be32(f);
    s->turns += turns;
    s->half = (GateHalf){ .left = qemu_get_byte(f), .right = qemu_get_be32(f) };
    uint64_t sum = qemu_get_be64(f) + s->row[2]++;
    const uint64_t last = qemu_get_be64(f);
    s->total = sum + last;
    *(uint8_t *)s->row = qemu_get_be16(f);
    *s->row += (1 ? qemu_get_byte(f) : 2);
    return 0;
}

void gate_init(GateState *s)
{
    register_savevm(NULL, "gate", 0, 1, gate_save, gate_load, s);
}

CORPUS_CASE(GateState, gate_save, gate_load, 1);
