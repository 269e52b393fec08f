/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A getter's result where its type may be seen, in _Generic, by a macro with typeof, by __auto_type; and
 * where it may not: promoted, converted by a function's parameter, or in a macro that only takes the value.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define LESSER(a, b) ({ __typeof__(a) _a = (a); __typeof__(b) _b = (b); _a < _b ? _a : _b; })
#define KIND(x) _Generic((x), int: 1, unsigned int: 2, default: 3)
#define HALF(x) ((x) / 2)

typedef struct SluiceState {
    uint64_t wide;
    uint32_t level;
    int32_t tide;
    uint8_t row;
} SluiceState;

static void sluice_save(QEMUFile *f, void *opaque)
{
    SluiceState *s = opaque;

    qemu_put_byte(f, s->row);
    qemu_put_byte(f, s->row);
    qemu_put_be16(f, s->level);
    qemu_put_byte(f, s->row);
    qemu_put_be16(f, s->level);
    qemu_put_byte(f, s->row);
    qemu_put_byte(f, s->row);
}

static int sluice_load(QEMUFile *f, void *opaque, int version_id)
{
    SluiceState *s = opaque;
    __auto_type kept = qemu_get_byte(f);

    s->tide = LESSER(qemu_get_byte(f), s->tide);
    s->level = KIND(qemu_get_be16(f)) + sizeof(kept);
    s->row = HALF(qemu_get_byte(f));
    s->wide = ~qemu_get_be16(f);
    s->level += _Generic(s->tide, int32_t: qemu_get_byte(f), default: 7) + kept;
    s->tide += _Generic(qemu_get_byte(f), int: 1, default: 2); /* want: not-evaluated */
    s->row += __builtin_expect(qemu_get_byte(f), 0);
    return version_id > 1;
}

void sluice_init(SluiceState *s)
{
    register_savevm(NULL, "sluice", 0, 1, sluice_save, sluice_load, s);
}

CORPUS_CASE(SluiceState, sluice_save, sluice_load, 1);
