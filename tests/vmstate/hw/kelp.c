/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What no field says goes to functions of an info; an info for a type serves two tables. */
#include "hw/hw.h"

typedef struct KelpState {
    int length;
    uint8_t ring[16];
    int start;
    unsigned int rooted:1;
    unsigned int drifting:1;
    uint32_t depth;
    uint32_t limit;
    uint16_t *leaf;
    int leaves;
    int age;
} KelpState;

static void kelp_save(QEMUFile *f, void *opaque)
{
    KelpState *s = opaque;
    int i;

    qemu_put_be32(f, s->depth);
    qemu_put_byte(f, s->length);
    for (i = 0; i < s->length; i++)
        qemu_put_byte(f, s->ring[(s->start + i) & 15]);
    qemu_put_be32(f, s->limit);
    qemu_put_byte(f, s->rooted);
    qemu_put_byte(f, s->drifting);
    qemu_put_byte(f, s->age);
    qemu_put_byte(f, s->leaves);
    for (i = 0; i < s->leaves; i++)
        qemu_put_be16s(f, &s->leaf[i]);
    qemu_put_be32(f, s->start);
}

static int kelp_load(QEMUFile *f, void *opaque, int version_id)
{
    KelpState *s = opaque;
    int i;

    s->depth = qemu_get_be32(f);
    s->length = qemu_get_byte(f);
    /* the ring begins anew */
    s->start = 0;
    if (s->length > 16) {
        signal_line("kelp too long", s->length);
        return -EINVAL;
    }
    for (i = 0; i < s->length; i++)
        s->ring[i] = qemu_get_byte(f);
    if (s->limit != qemu_get_be32(f)) {
        return -EINVAL;
    }
    s->rooted = qemu_get_byte(f);
    s->drifting = qemu_get_byte(f);
    s->age = qemu_get_byte(f);
    s->leaves = qemu_get_byte(f) & 7;
    for (i = 0; i < s->leaves; i++)
        qemu_get_be16s(f, &s->leaf[i]);
    s->start = qemu_get_be32(f);
    signal_line("kelp", s->drifting);
    return 0;
}

typedef struct MossState {
    uint32_t kind;
    int height;
    int width;
} MossState;

static void moss_save(QEMUFile *f, void *opaque)
{
    MossState *s = opaque;

    qemu_put_be32(f, s->kind);
    qemu_put_byte(f, s->height);
    qemu_put_be32(f, s->width);
}

static int moss_load(QEMUFile *f, void *opaque, int version_id)
{
    MossState *s = opaque;
    uint32_t val;

    /* another kind of moss can't be loaded */
    val = qemu_get_be32(f);
    if (val != s->kind)
        return -EINVAL;
    s->height = qemu_get_byte(f);
    s->width = qemu_get_be32(f);
    return 0;
}

static uint16_t leaves[8];

static void kelp_settle(void *opaque, bool hide)
{
    KelpState *s = opaque;

    s->leaf = hide ? NULL : leaves;
    s->length &= 31;
    s->leaves &= 7;
    s->limit = 4711 + (s->depth & 1);
}

static void moss_settle(void *opaque, bool hide)
{
    MossState *s = opaque;

    s->kind &= 1;
}

static void kelp_init(void)
{
    KelpState *s = new_state(sizeof(KelpState), kelp_settle);
    MossState *m = new_state(sizeof(MossState), moss_settle);

    register_savevm(NULL, "moss", 0, 0, moss_save, moss_load, m);
    register_savevm(NULL, "kelp", 0, 1, kelp_save, kelp_load, s);
}

device_init(kelp_init)
