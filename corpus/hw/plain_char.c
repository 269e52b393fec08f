/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plain char is neither int8_t nor uint8_t, and its sign depends on the host. It goes through a
 * value of the wire's type; signed char and unsigned char beside it are visited directly.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct PagerState {
    char key;
    signed char gain;
    unsigned char lamp;
    char text[6];
} PagerState;

static void pager_save(QEMUFile *f, void *opaque)
{
    PagerState *s = opaque;
    size_t i;

    qemu_put_byte(f, s->key);
    qemu_put_byte(f, s->gain);
    qemu_put_byte(f, s->lamp);
    for (i = 0; i < sizeof(s->text); i++) {
        qemu_put_byte(f, s->text[i]);
    }
}

static int pager_load(QEMUFile *f, void *opaque, int version_id)
{
    PagerState *s = opaque;
    size_t i;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->key = qemu_get_byte(f);
    s->gain = qemu_get_byte(f);
    s->lamp = qemu_get_byte(f);
    for (i = 0; i < sizeof(s->text); i++) {
        s->text[i] = qemu_get_byte(f);
    }
    return 0;
}

void pager_init(PagerState *s)
{
    register_savevm(NULL, "pager", 0, 1, pager_save, pager_load, s);
}

CORPUS_CASE(PagerState, pager_save, pager_load, 1);
