/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A list with a literal 1 before each element and a 0 after the last, read by a loop on the get. The
 * literals go through values; the loop reads its sentinel before every turn.
 */
#include "qemu/osdep.h"
#include "qemu/queue.h"
#include "hw/hw.h"
#include "corpus.h"

#define POST_LETTERS 4

typedef struct Letter {
    QTAILQ_ENTRY(Letter) next;
    uint32_t stamp;
    uint8_t text[8];
    int weight;
} Letter;

typedef struct PostState {
    QTAILQ_HEAD(, Letter) queue;
    Letter pool[POST_LETTERS];
    uint32_t used;
} PostState;

static void post_save(QEMUFile *f, void *opaque)
{
    PostState *s = opaque;
    Letter *letter;

    QTAILQ_FOREACH(letter, &s->queue, next) {
        qemu_put_sbyte(f, 1);
        qemu_put_buffer(f, letter->text, sizeof(letter->text));
        qemu_put_be32s(f, &letter->stamp);
        qemu_put_be16(f, letter->weight);
    }
    qemu_put_sbyte(f, 0);
}

static int post_load(QEMUFile *f, void *opaque, int version_id)
{
    PostState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->used = 0;
    QTAILQ_INIT(&s->queue);
    while (qemu_get_sbyte(f)) {
        Letter *letter;

        if (s->used == POST_LETTERS) {
            return -ENOSPC;
        }
        letter = &s->pool[s->used++];
        qemu_get_buffer(f, letter->text, sizeof(letter->text));
        qemu_get_be32s(f, &letter->stamp);
        letter->weight = qemu_get_be16(f);
        QTAILQ_INSERT_TAIL(&s->queue, letter, next);
    }
    return 0;
}

void post_init(PostState *s)
{
    register_savevm(NULL, "post", 0, 1, post_save, post_load, s);
}

static void post_random(PostState *s, const uint8_t *random, size_t n)
{
    uint32_t i;

    corpus_fill(s, sizeof(*s), random, n);
    QTAILQ_INIT(&s->queue);
    s->used = random[0] % (POST_LETTERS + 1);
    for (i = 0; i < POST_LETTERS; i++) {
        s->pool[i].next.qe_after = NULL;
        if (i < s->used) {
            QTAILQ_INSERT_TAIL(&s->queue, &s->pool[i], next);
        }
    }
}

CORPUS_CASE_INIT(PostState, post_save, post_load, 1, post_random);
