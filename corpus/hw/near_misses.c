/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What only looks like a call of a primitive: other functions whose names begin alike, a prototype, a
 * member of a struct that is called like one; and a primitive's name without a call, which is told to
 * stay. The two sites marked as such are converted.
 */
#include "qemu/osdep.h"
#include "qemu/timer.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct MouseEvent {
    int dx;
    int dy;
} MouseEvent;

typedef struct StreamOps {
    void (*qemu_put_be32)(QEMUFile *f, unsigned int value);
    unsigned int (*qemu_get_be32)(QEMUFile *f);
    void (*put)(QEMUFile *f, int value);
} StreamOps;

typedef struct ProbeState {
    uint32_t level;
    int64_t when;
    MouseEvent last;
    QEMUClock clock;
} ProbeState;

void qemu_put_be32(QEMUFile *f, unsigned int value);
uint64_t qemu_get_be64(QEMUFile *f);

static void qemu_put_mouse_event(MouseEvent *event, int dx, int dy)
{
    event->dx += dx & 1;
    event->dy += dy & 1;
}

static size_t qemu_get_buffer_size(const ProbeState *s)
{
    return sizeof(s->last);
}

static void my_qemu_put_byte(QEMUFile *f, ProbeState *s)
{
    (void)f;
    s->level ^= 1;
}

static const StreamOps probe_ops = {
    .qemu_put_be32 = qemu_put_be32, /* want: not-called */
    .qemu_get_be32 = qemu_get_be32, /* want: not-called */
    .put = qemu_put_byte, /* want: not-called */
};

static void probe_save(QEMUFile *f, void *opaque)
{
    ProbeState *s = opaque;
    const StreamOps *ops = &probe_ops;
    void (*put)(QEMUFile *, uint64_t) = qemu_put_be64; /* want: not-called */

    qemu_put_be32(f, s->level);     /* a site */
    ops->qemu_put_be32(f, 1);
    probe_ops.put(f, 2);
    put(f, 3);
    my_qemu_put_byte(f, s);
    qemu_put_mouse_event(&s->last, 1, qemu_get_buffer_size(s));
}

static int probe_load(QEMUFile *f, void *opaque, int version_id)
{
    ProbeState *s = opaque;
    const StreamOps *ops = &probe_ops;

    s->level = qemu_get_be32(f);    /* a site */
    if (version_id != 1 || ops->qemu_get_be32(f) != 1) {
        return -EINVAL;
    }
    s->when = qemu_get_clock(&s->clock) ^ qemu_get_clock_ns(&s->clock);
    if ((ops->qemu_get_be32)(f) != 0x02000000) {
        return -EINVAL;
    }
    return 0;
}

void probe_init(ProbeState *s)
{
    register_savevm(NULL, "probe", 0, 1, probe_save, probe_load, s);
}

static void probe_random(ProbeState *s, const uint8_t *random, size_t n)
{
    corpus_fill(s, sizeof(*s), random, n);
    s->last.dx &= 0xffff;
    s->last.dy &= 0xffff;
    s->clock.now &= 0xffff;
}

CORPUS_CASE_INIT(ProbeState, probe_save, probe_load, 1, probe_random);
