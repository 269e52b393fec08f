/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pairs that stay as they are, each for one reason: `want` says which, on the line that is told. */
#include "hw/hw.h"

typedef struct Knob {
    unsigned int on:1;
    uint32_t *far;
    uint32_t near[8];
    uint32_t tail;
    int start;
    const char *name;
    QEMUTimer clock;
} Knob;

static void bits_save(QEMUFile *f, void *opaque)
{
    Knob *s = opaque;

    qemu_put_be32(f, s->on); /* want: table-bit-field */
}

static int bits_load(QEMUFile *f, void *opaque, int version_id)
{
    Knob *s = opaque;

    s->on = qemu_get_be32(f);
    return 0;
}

static void far_save(QEMUFile *f, void *opaque)
{
    Knob *s = opaque;
    int i;

    for (i = 0; i < 4; i++) {
        qemu_put_be32(f, s->far[i]); /* want: table-pointer */
    }
}

static int far_load(QEMUFile *f, void *opaque, int version_id)
{
    Knob *s = opaque;
    int i;

    for (i = 0; i < 4; i++) {
        s->far[i] = qemu_get_be32(f);
    }
    return 0;
}

static void ring_save(QEMUFile *f, void *opaque)
{
    Knob *s = opaque;
    int i;

    for (i = 0; i < 8; i++) {
        qemu_put_be32(f, s->near[(s->start + i) & 7]);
    }
}

static int ring_load(QEMUFile *f, void *opaque, int version_id)
{
    Knob *s = opaque;
    int i;

    s->start = 0; /* want: table-code-between */
    for (i = 0; i < 8; i++) {
        s->near[i] = qemu_get_be32(f);
    }
    return 0;
}

static void sum_save(QEMUFile *f, void *opaque)
{
    Knob *s = opaque;

    qemu_put_be32(f, s->tail + 1); /* want: table-computed */
}

static int sum_load(QEMUFile *f, void *opaque, int version_id)
{
    Knob *s = opaque;

    s->tail = qemu_get_be32(f) - 1;
    return 0;
}

static void swapped_save(QEMUFile *f, void *opaque)
{
    Knob *s = opaque;

    qemu_put_be32(f, s->tail);
    qemu_put_be32(f, s->start);
}

static int swapped_load(QEMUFile *f, void *opaque, int version_id)
{
    Knob *s = opaque;

    s->start = qemu_get_be32(f); /* want: table-differs */
    s->tail = qemu_get_be32(f);
    return 0;
}

/* The rows of one are the columns of the other. */
typedef struct Grid {
    uint32_t cell[4][4];
} Grid;

static void turned_save(QEMUFile *f, void *opaque)
{
    Grid *s = opaque;
    int i, j;

    for (i = 0; i < 4; i++) {
        for (j = 0; j < 4; j++) {
            qemu_put_be32(f, s->cell[i][j]);
        }
    }
}

static int turned_load(QEMUFile *f, void *opaque, int version_id)
{
    Grid *s = opaque;
    int i, j;

    for (j = 0; j < 4; j++) {
        for (i = 0; i < 4; i++) {
            s->cell[i][j] = qemu_get_be32(f); /* want: table-differs */
        }
    }
    return 0;
}

static void build_save(QEMUFile *f, void *opaque)
{
    Knob *s = opaque;

#ifdef KNOB_TAIL /* want: table-conditional */
    qemu_put_be32(f, s->tail);
#endif
    qemu_put_be32(f, s->start);
}

static int build_load(QEMUFile *f, void *opaque, int version_id)
{
    Knob *s = opaque;

#ifdef KNOB_TAIL
    s->tail = qemu_get_be32(f);
#endif
    s->start = qemu_get_be32(f);
    return 0;
}

static void never_save(QEMUFile *f, void *opaque)
{
    Knob *s = opaque;

    qemu_put_be32(f, s->tail);
}

static int never_load(QEMUFile *f, void *opaque, int version_id)
{
    Knob *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->tail = qemu_get_be32(f);
    return 0;
}

static void some_save(QEMUFile *f, void *opaque)
{
    Knob *s = opaque;

    if (s->start) { /* want: table-condition */
        qemu_put_be32(f, s->tail);
    }
}

static int some_load(QEMUFile *f, void *opaque, int version_id)
{
    Knob *s = opaque;

    if (s->start) {
        s->tail = qemu_get_be32(f);
    }
    return 0;
}

static void part_save(QEMUFile *f, Knob *s)
{
    qemu_put_be32(f, s->tail);
}

static void whole_save(QEMUFile *f, void *opaque)
{
    Knob *s = opaque;

    part_save(f, s); /* want: table-helper */
}

static int whole_load(QEMUFile *f, void *opaque, int version_id)
{
    Knob *s = opaque;

    s->tail = qemu_get_be32(f);
    return 0;
}

static void named_save(QEMUFile *f, void *opaque)
{
    Knob *s = opaque;

    qemu_put_be32(f, s->tail);
}

static int named_load(QEMUFile *f, void *opaque, int version_id)
{
    Knob *s = opaque;

    s->tail = qemu_get_be32(f);
    return 0;
}

static void checked_save(QEMUFile *f, void *opaque)
{
    Knob *s = opaque;

    qemu_put_be32(f, s->start);
    qemu_put_be32(f, s->tail);
}

static int checked_load(QEMUFile *f, void *opaque, int version_id)
{
    Knob *s = opaque;
    int was;

    was = s->start; /* want: table-code-between */
    s->start = qemu_get_be32(f);
    if (s->start > was) {
        return -EINVAL;
    }
    s->tail = qemu_get_be32(f);
    return 0;
}

static void ended_save(QEMUFile *f, void *opaque)
{
    Knob *s = opaque;

    qemu_put_be32(f, s->start);
    signal_line("saved", s->start); /* want: table-code-between */
}

static int ended_load(QEMUFile *f, void *opaque, int version_id)
{
    Knob *s = opaque;

    s->start = qemu_get_be32(f);
    return 0;
}

static void marked_save(QEMUFile *f, void *opaque)
{
    Knob *s = opaque;

    qemu_put_byte(f, 7); /* want: table-differs */
    qemu_put_be32(f, s->start);
}

static int marked_load(QEMUFile *f, void *opaque, int version_id)
{
    Knob *s = opaque;

    qemu_get_byte(f);
    s->start = qemu_get_be32(f);
    return 0;
}

static void clock_save(QEMUFile *f, void *opaque)
{
    Knob *s = opaque;

    qemu_put_timer(f, &s->clock);
}

static int clock_load(QEMUFile *f, void *opaque, int version_id)
{
    Knob *s = opaque;

    qemu_get_timer(f, &s->clock);
    return 0;
}

static void used_save(QEMUFile *f, void *opaque)
{
    Knob *s = opaque;

    qemu_put_be32(f, s->tail);
}

static int used_load(QEMUFile *f, void *opaque, int version_id)
{
    Knob *s = opaque;

    s->tail = qemu_get_be32(f);
    return 0;
}

static void early_save(QEMUFile *f, void *opaque)
{
    Knob *s = opaque;

    qemu_put_be32(f, s->start);
    qemu_put_be32(f, s->on); /* want: table-code-between */
    qemu_put_be32(f, s->tail);
}

static int early_load(QEMUFile *f, void *opaque, int version_id)
{
    Knob *s = opaque;

    s->start = qemu_get_be32(f);
    s->on = qemu_get_be32(f);
    if (!s->on) {
        return 0;
    }
    s->tail = qemu_get_be32(f);
    return 0;
}

static void left_save(QEMUFile *f, void *opaque)
{
    Knob *s = opaque;

    qemu_put_be32(f, s->start);
    qemu_put_be32(f, s->tail);
    qemu_put_be32(f, s->near[0]);
}

static int left_load(QEMUFile *f, void *opaque, int version_id)
{
    Knob *s = opaque;
    uint32_t val;

    s->start = qemu_get_be32(f);
    s->tail = qemu_get_be32(f);
    val = qemu_get_be32(f);
    if (s->start) /* want: table-code-between */
        val = 0;
    s->near[0] = val;
    return 0;
}

void knob_rescue(QEMUFile *f, Knob *s)
{
    used_save(f, s);
}

void knob_init(Knob *s)
{
    register_savevm(NULL, "bits", 0, 1, bits_save, bits_load, s);
    register_savevm(NULL, "far", 0, 1, far_save, far_load, s);
    register_savevm(NULL, "ring", 0, 1, ring_save, ring_load, s);
    register_savevm(NULL, "sum", 0, 1, sum_save, sum_load, s);
    register_savevm(NULL, "swapped", 0, 1, swapped_save, swapped_load, s);
    register_savevm(NULL, "turned", 0, 1, turned_save, turned_load, s);
    register_savevm(NULL, "build", 0, 1, build_save, build_load, s);
    register_savevm(NULL, "never", 0, 2, never_save, never_load, s); /* want: table-version */
    register_savevm(NULL, "some", 0, 1, some_save, some_load, s);
    register_savevm(NULL, "whole", 0, 1, whole_save, whole_load, s);
    register_savevm(NULL, s->name, 0, 1, named_save, named_load, s); /* want: table-name */
    register_savevm(NULL, "checked", 0, 1, checked_save, checked_load, s);
    register_savevm(NULL, "ended", 0, 1, ended_save, ended_load, s);
    register_savevm(NULL, "marked", 0, 1, marked_save, marked_load, s);
    register_savevm(NULL, "clock", 0, 1, clock_save, clock_load, s); /* want: table-no-macro */
    register_savevm(NULL, "early", 0, 1, early_save, early_load, s);
    register_savevm(NULL, "left", 0, 1, left_save, left_load, s);
    register_savevm(NULL, "used", 0, 1, used_save, used_load, s); /* want: table-other-place */
}
