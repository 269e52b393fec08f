/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gets deep in an expression, one per statement: as an index, in a chain of assignments, inside an
 * assert, as the operand of an address computation, below unary operators.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define DECK_CARDS 8

typedef struct DeckState {
    uint8_t cards[DECK_CARDS];
    uint32_t top;
    uint64_t shown;
    uint16_t hidden;
    int32_t score;
    bool cut;
} DeckState;

static void deck_save(QEMUFile *f, void *opaque)
{
    DeckState *s = opaque;

    qemu_put_byte(f, s->top);
    qemu_put_be32(f, s->shown);
    qemu_put_be16(f, DECK_CARDS);
    qemu_put_byte(f, 0x2a);
    qemu_put_sbe32(f, s->score);
    qemu_put_byte(f, s->cut);
}

static int deck_load(QEMUFile *f, void *opaque, int version_id)
{
    DeckState *s = opaque;
    uint8_t *card;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->cards[qemu_get_byte(f) % DECK_CARDS] = 1;
    s->shown = s->top = qemu_get_be32(f);
    if (qemu_file_get_error(f)) {
        return -EIO;
    }
    assert(qemu_get_be16(f) == DECK_CARDS || qemu_file_get_error(f));
    card = &s->cards[qemu_get_byte(f) & (DECK_CARDS - 1)];
    *card = 2;
    s->hidden = s->score = -(qemu_get_sbe32(f) >> 1);
    s->cut = !qemu_get_byte(f);
    return 0;
}

void deck_init(DeckState *s)
{
    register_savevm(NULL, "deck", 0, 1, deck_save, deck_load, s);
}

static void deck_random(DeckState *s, const uint8_t *random, size_t n)
{
    corpus_fill(s, sizeof(*s), random, n);
    s->cut = random[0] & 1;
}

CORPUS_CASE_INIT(DeckState, deck_save, deck_load, 1, deck_random);
