/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gets in initialisers beside declarations that they may not pass: one that steps what the initialiser
 * reads, another that assigns, a declarator that calls. Each is read where it stands; a bare one passes
 * the declarations that only declare.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct WeirState {
    uint32_t level, spare, sum;
    uint8_t rows[8];
} WeirState;

static unsigned weir_rows(WeirState *s)
{
    return s->rows[7]++ & 3;
}

static void weir_save(QEMUFile *f, void *opaque)
{
    WeirState *s = opaque;

    qemu_put_be32(f, s->level);
    qemu_put_be32(f, s->spare);
    qemu_put_be32(f, s->sum);
    qemu_put_be32(f, 5);
    qemu_put_byte(f, s->rows[0]);
    qemu_put_byte(f, s->rows[1]);
}

static int weir_load(QEMUFile *f, void *opaque, int version_id)
{
    WeirState *s = opaque;
    uint32_t first = s->spare + qemu_get_be32(f), old = s->spare++;
    uint32_t second = qemu_get_be32(f), left = (s->spare -= 1);
    uint32_t third = qemu_get_be32(f), *at = &third;
    uint32_t fourth = qemu_get_be32(f);
    uint8_t low = qemu_get_byte(f) & 7, room[weir_rows(s) + 1];

    memset(room, low, sizeof(room));
    s->sum = first + old + second + left + third + *at + room[0];
    {
        uint32_t last = qemu_get_byte(f);
        int i;

        for (i = 0; i < 2; i++) {
            s->rows[i] = last + fourth;
        }
    }
    return version_id > 1;
}

void weir_init(WeirState *s)
{
    register_savevm(NULL, "weir", 0, 1, weir_save, weir_load, s);
}

CORPUS_CASE(WeirState, weir_save, weir_load, 1);
