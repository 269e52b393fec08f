/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pointer into the state travels as its distance from a base: an expression on the way out, and
 * a get nested in the assignment's right side on the way in.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define SPOOL_BYTES 64

typedef struct SpoolState {
    uint8_t data[SPOOL_BYTES];
    uint8_t *cursor;
    uint32_t words[4];
    uint32_t *word;
} SpoolState;

static void spool_save(QEMUFile *f, void *opaque)
{
    SpoolState *s = opaque;

    qemu_put_be32(f, s->cursor - s->data);
    qemu_put_byte(f, s->word - s->words);
    qemu_put_be32(f, *s->word);
}

static int spool_load(QEMUFile *f, void *opaque, int version_id)
{
    SpoolState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->cursor = s->data + (qemu_get_be32(f) % SPOOL_BYTES);
    s->word = s->words + (qemu_get_byte(f) & 3);
    *s->word = qemu_get_be32(f);
    return 0;
}

void spool_init(SpoolState *s)
{
    register_savevm(NULL, "spool", 0, 1, spool_save, spool_load, s);
}

static void spool_random(SpoolState *s, const uint8_t *random, size_t n)
{
    corpus_fill(s, sizeof(*s), random, n);
    s->cursor = s->data + random[0] % SPOOL_BYTES;
    s->word = s->words + random[1 % n] % 4;
}

CORPUS_CASE_INIT(SpoolState, spool_save, spool_load, 1, spool_random);
