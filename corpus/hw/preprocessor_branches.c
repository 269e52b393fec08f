/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * #if, #else and #elif inside the functions, with sites in every branch and outside of them: every
 * branch is converted, not only the one that a build happens to use.
 */
/* also: -DPRESS_HYDRAULIC */
/* also: -DPRESS_MANUAL */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct PressState {
    uint32_t strokes;
#if defined(PRESS_HYDRAULIC)
    uint64_t oil;
    int pressure;
#elif defined(PRESS_MANUAL)
    uint16_t handle;
#else
    uint8_t motor;
    int current;
#endif
    uint32_t scrap;
} PressState;

static void press_save(QEMUFile *f, void *opaque)
{
    PressState *s = opaque;

    qemu_put_be32(f, s->strokes);
#if defined(PRESS_HYDRAULIC)
    qemu_put_be64(f, s->oil);
    qemu_put_byte(f, s->pressure);
#elif defined(PRESS_MANUAL)
    qemu_put_be16(f, s->handle);
#else
    qemu_put_byte(f, s->motor);
    if (s->motor)
        qemu_put_be16(f, s->current);
#endif
    qemu_put_be32(f, s->scrap);
}

static int press_load(QEMUFile *f, void *opaque, int version_id)
{
    PressState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->strokes = qemu_get_be32(f);
#if defined(PRESS_HYDRAULIC)
    s->oil = qemu_get_be64(f);
    s->pressure = qemu_get_byte(f);
#elif defined(PRESS_MANUAL)
    s->handle = qemu_get_be16(f);
#else
    s->motor = qemu_get_byte(f);
    if (s->motor)
        s->current = qemu_get_be16(f);
#endif
    s->scrap = qemu_get_be32(f);
    return 0;
}

void press_init(PressState *s)
{
    register_savevm(NULL, "press", 0, 1, press_save, press_load, s);
}

CORPUS_CASE(PressState, press_save, press_load, 1);
