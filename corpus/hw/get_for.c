/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gets in the header of a for: the start value is read once, the bound before every turn (the stream
 * holds it once for each), the step after every turn. None of them may leave its place.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define REEL_FRAMES 7

typedef struct ReelState {
    uint32_t frames[REEL_FRAMES];
    uint32_t first;
    uint8_t stride;
    uint16_t marks[REEL_FRAMES];
} ReelState;

static void reel_save(QEMUFile *f, void *opaque)
{
    ReelState *s = opaque;
    unsigned int i;

    qemu_put_byte(f, s->first);
    for (i = s->first; i < REEL_FRAMES; i++) {
        qemu_put_be32(f, s->frames[i]);
    }
    for (i = 0; i < REEL_FRAMES; i += s->stride) {
        qemu_put_be16(f, REEL_FRAMES);
        qemu_put_be16(f, s->marks[i]);
        qemu_put_byte(f, s->stride);
    }
    qemu_put_be16(f, 0);
}

static int reel_load(QEMUFile *f, void *opaque, int version_id)
{
    ReelState *s = opaque;
    unsigned int i;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->first = REEL_FRAMES;
    for (i = qemu_get_byte(f); i < REEL_FRAMES; i++) {
        s->frames[i] = qemu_get_be32(f);
        s->first = MIN(s->first, i);
    }
    for (i = 0; i < qemu_get_be16(f); i += qemu_get_byte(f)) {
        if (i >= REEL_FRAMES) {
            return -EINVAL;
        }
        s->marks[i] = qemu_get_be16(f);
    }
    return 0;
}

void reel_init(ReelState *s)
{
    register_savevm(NULL, "reel", 0, 1, reel_save, reel_load, s);
}

static void reel_random(ReelState *s, const uint8_t *random, size_t n)
{
    corpus_fill(s, sizeof(*s), random, n);
    s->first = random[0] % REEL_FRAMES;
    s->stride = 1 + random[1 % n] % 3;
}

CORPUS_CASE_INIT(ReelState, reel_save, reel_load, 1, reel_random);
