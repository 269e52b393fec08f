/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gets and puts where hands seldom write them: in parentheses, in a struct's initialiser, as the value
 * of a statement expression, beside a directive, of `*&x`, compared with a field that is loaded too.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct AtticPair {
    uint32_t left, right;
} AtticPair;

typedef struct AtticState {
    uint32_t trunk;
    uint16_t hatch;
    uint8_t beams;
    int16_t draught;
    uint64_t dust;
    int qemu_file_get_visitor;
} AtticState;

static void attic_save(QEMUFile *f, void *opaque)
{
    AtticState *s = opaque;
    int rows = ({ s->beams & 3; });

    qemu_put_be32(f, *&s->trunk);
    ({ qemu_put_be16(f, s->hatch); });
    qemu_put_byte(f, (s->beams));
    qemu_put_be16(f, *&(s->draught));
    (qemu_put_be64(f, s->dust));
    qemu_put_be32(f, rows);
    qemu_put_be16(f, 7);
    qemu_put_byte(f, 0);
    qemu_put_be16(f, s->hatch);
    qemu_put_be32(f, s->qemu_file_get_visitor);
    qemu_put_byte(f, s->beams);
    qemu_put_be64(f, s->dust);
    qemu_put_be64(f, s->dust >> 3);
}

static uint32_t attic_load_half(QEMUFile *f)
{return qemu_get_be16(f) / 2;
}

static uint32_t attic_load_twice(QEMUFile *f)
{
    int low = qemu_get_byte(f), spare = 0;
    const uint64_t high = qemu_get_be64(f);

    { uint32_t t = qemu_get_byte(f); t |= low << 8; uint32_t u = qemu_get_be16(f); return t ^ u ^ high ^ spare; }
}

static int attic_load_rest(AtticState *s, QEMUFile *f)
{
    uint32_t rows = s->trunk = qemu_get_be32(f);
    uint32_t mark = ({ qemu_get_be16(f); });

    ((void)qemu_get_byte(f));
    s->trunk += rows + mark
#define ATTIC_ROWS 4
                + qemu_get_be16(f) % ATTIC_ROWS;
    *&s->dust |= qemu_get_byte(f) << 8;
    qemu_get_be16s(f, &s \
                   ->hatch);
    if (rows > 3)
#ifndef ATTIC_NEVER
        s->dust = qemu_get_byte(f);
#endif
    s->qemu_file_get_visitor += qemu_get_be32(f);
    return 0;
}

static int attic_load(QEMUFile *f, void *opaque, int version_id)
{
    AtticState *s = opaque;
    AtticPair pair = { .right = qemu_get_be32(f) };

    s->hatch = ({ s->draught = qemu_get_be16(f); });
    (s->beams = qemu_get_byte(f));
    (s->draught) = (qemu_get_be16(f));
    *&s->dust = qemu_get_be64(f);
    s->dust += attic_load_half(f) + attic_load_twice(f);
    if (attic_load_rest(s, f) < 0) {
        return -EINVAL;
    }
    if (qemu_get_byte(f) != s->beams) {
        s->qemu_file_get_visitor = 3;
    }
    s->trunk ^= pair.right + pair.left;
    return version_id == 1 ? 0 : -EINVAL;
}

void attic_init(AtticState *s)
{
    register_savevm(NULL, "attic", 0, 1, attic_save, attic_load, s);
}

CORPUS_CASE(AtticState, attic_save, attic_load, 1);
