/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions that assign their stream: a visitor taken at the top would belong to another stream, or
 * to none yet. All sites of these functions are refused. A stream that its declaration initialises
 * and nobody assigns is not this.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct JunctionState {
    QEMUFile *file;
    uint32_t points;
    uint16_t signal;
    uint8_t lever;
} JunctionState;

static void junction_put_both(QEMUFile *f, QEMUFile *mirror, JunctionState *s)
{
    qemu_put_be32(f, s->points); /* want: stream-changes */
    f = mirror;
    qemu_put_be32(f, s->points); /* want: stream-changes */
}

static void junction_get_both(QEMUFile *f, QEMUFile *mirror, JunctionState *s)
{
    int i;

    for (i = 0; i < 2; i++) {
        s->points = qemu_get_be32(f); /* want: stream-changes */
        f = mirror;
    }
}

static void junction_put_signal(void *opaque, JunctionState *s)
{
    QEMUFile *f;

    f = opaque;
    qemu_put_be16(f, s->signal); /* want: stream-changes */
}

static void junction_get_signal(void *opaque, JunctionState *s)
{
    s->file = opaque;
    s->signal = qemu_get_be16(s->file); /* want: stream-changes */
    s->file = NULL;
}

static void junction_save(QEMUFile *f, void *opaque)
{
    JunctionState *s = opaque;

    junction_put_both(f, f, s);
    junction_put_signal(f, s);
    qemu_put_byte(f, s->lever);
}

static int junction_load(QEMUFile *f, void *opaque, int version_id)
{
    JunctionState *s = opaque;
    QEMUFile *same = f;

    if (version_id != 1) {
        return -EINVAL;
    }
    junction_get_both(f, same, s);
    junction_get_signal(f, s);
    s->lever = qemu_get_byte(same);
    return 0;
}

void junction_init(JunctionState *s)
{
    register_savevm(NULL, "junction", 0, 1, junction_save, junction_load, s);
}

static void junction_random(JunctionState *s, const uint8_t *random, size_t n)
{
    corpus_fill(s, sizeof(*s), random, n);
    s->file = NULL;
}

CORPUS_CASE_INIT(JunctionState, junction_save, junction_load, 1, junction_random);
