/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gets that read better as plain locals: in the initialiser of a `const`, which goes, and in a macro that
 * evaluates its argument once, as a function does. Other macros, and other `const`, keep them in place.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "hw/sample.h"
#include "corpus.h"

#define LIMIT(x) ((x) & 15)

typedef struct SieveState {
    uint32_t grains;
    uint32_t mesh[8];
    uint64_t total;
    uint8_t rows[16];
} SieveState;

static void sieve_counts(QEMUFile *f, SieveState *s)
{
    const uint64_t total = qemu_get_be64(f);
    const uint32_t grains = qemu_get_be16(f);
    int i;

    for (i = 0; i < 4; i++) {
        const uint8_t row = qemu_get_byte(f);
        uint32_t at = i;

        s->rows[at] = row;
    }
    s->total = total;
    s->grains = grains;
}

static uint32_t sieve_rows(SieveState *s)
{
    return s->rows[15]++;
}

/* What is declared after the first one needs its value, or does something. */
static void sieve_called(QEMUFile *f, SieveState *s)
{
    const uint32_t count = qemu_get_be32(f);
    uint32_t left = sieve_rows(s), *first = &s->mesh[7];

    if (left > count) {
        uint8_t row = qemu_get_byte(f);
        uint8_t next = row + 1;

        *first = next;
    }
}

static void sieve_pointers(QEMUFile *f, SieveState *s)
{
    const uint8_t *const first = s->rows + (qemu_get_byte(f) & 15);
    const uint8_t pair[2] = { qemu_get_byte(f), 3 };
    uint32_t const other = qemu_get_be32(f);
    const uint8_t one = qemu_get_byte(f), two = 2;

    s->grains = *first + pair[0] + other + one + two;
}

static int sieve_load(QEMUFile *f, void *opaque, int version_id)
{
    SieveState *s = opaque;

    sieve_counts(f, s);
    s->mesh[0] = make_sample(qemu_get_be32(f));
    s->mesh[1] = sample_of(qemu_get_be16(f), 3);
    s->mesh[2] = sample_of(version_id, qemu_get_byte(f));
    s->mesh[3] = sample_twice(qemu_get_byte(f));
    s->mesh[4] = sample_never(qemu_get_be32(f), s->mesh[3]);
    s->mesh[5] = LIMIT(qemu_get_byte(f));
    s->mesh[6] = sample_size(qemu_get_be32(f));
    if (sample_of(qemu_get_byte(f), 4) && s->mesh[1]) {
        s->mesh[7] = 1;
    }
    sieve_called(f, s);
    sieve_pointers(f, s);
    return 0;
}

void sieve_init(SieveState *s)
{
    register_savevm(NULL, "sieve", 0, 1, NULL, sieve_load, s);
}

CORPUS_CASE(SieveState, NULL, sieve_load, 1);
