/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Helpers that take the stream: their calls stay, also in conditions and loops, and their own
 * bodies are converted, including one that is only reached through a pointer.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct HeatCore {
    uint32_t flags;
    uint16_t target;
} HeatCore;

typedef struct HeatState {
    HeatCore core;
    HeatCore spare[2];
    int fan;
} HeatState;

typedef struct HeatOps {
    void (*put)(QEMUFile *f, HeatState *s);
    int (*get)(QEMUFile *f, HeatState *s);
} HeatOps;

static void heat_core_save(QEMUFile *f, const HeatCore *core)
{
    qemu_put_be32s(f, &core->flags);
    qemu_put_be16(f, core->target);
}

static int heat_core_load(QEMUFile *f, HeatCore *core)
{
    qemu_get_be32s(f, &core->flags);
    core->target = qemu_get_be16(f);
    return 0;
}

static void heat_put_fan(QEMUFile *f, HeatState *s)
{
    qemu_put_byte(f, s->fan);
}

static int heat_get_fan(QEMUFile *f, HeatState *s)
{
    s->fan = qemu_get_byte(f);
    return 0;
}

static const HeatOps heat_ops = { .put = heat_put_fan, .get = heat_get_fan };

static void heat_save(QEMUFile *f, void *opaque)
{
    HeatState *s = opaque;
    int i;

    heat_core_save(f, &s->core);
    for (i = 0; i < 2; i++) {
        heat_core_save(f, &s->spare[i]);
    }
    heat_ops.put(f, s);
}

static int heat_load(QEMUFile *f, void *opaque, int version_id)
{
    HeatState *s = opaque;
    int i, ret;

    if (version_id != 1 || heat_core_load(f, &s->core)) {
        return -EINVAL;
    }
    for (i = 0; i < 2; i++) {
        if ((ret = heat_core_load(f, &s->spare[i])) < 0) {
            return ret;
        }
    }
    return heat_ops.get(f, s);
}

void heat_init(HeatState *s)
{
    register_savevm(NULL, "heat", 0, 1, heat_save, heat_load, s);
}

CORPUS_CASE(HeatState, heat_save, heat_load, 1);
