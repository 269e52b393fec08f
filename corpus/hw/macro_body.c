/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Primitives called in the body of a macro: which function they end up in, and with which types,
 * only the preprocessor knows. Refused there. Uses of the macro are no sites; the site beside a use
 * in a function is converted.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define PUT_REG(f, reg) qemu_put_be32(f, (reg)) /* want: macro-body */
#define GET_REG(f, reg) ((reg) = qemu_get_be32(f)) /* want: macro-body */

#define PUT_PAIR(f, pair) do {                                               \
        qemu_put_be16(f, (pair)->low);  /* want: macro-body */               \
        qemu_put_be16(f, (pair)->high); /* want: macro-body */               \
    } while (0)

#define GET_PAIR(f, pair) do {                                               \
        (pair)->low = qemu_get_be16(f);  /* want: macro-body */              \
        (pair)->high = qemu_get_be16(f); /* want: macro-body */              \
    } while (0)

typedef struct LensState {
    uint32_t focus;
    struct {
        uint16_t low;
        uint16_t high;
    } zoom;
    uint8_t iris;
} LensState;

static void lens_save(QEMUFile *f, void *opaque)
{
    LensState *s = opaque;

    PUT_REG(f, s->focus);
    PUT_PAIR(f, &s->zoom);
    qemu_put_byte(f, s->iris);
}

static int lens_load(QEMUFile *f, void *opaque, int version_id)
{
    LensState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    GET_REG(f, s->focus);
    GET_PAIR(f, &s->zoom);
    s->iris = qemu_get_byte(f);
    return 0;
}

void lens_init(LensState *s)
{
    register_savevm(NULL, "lens", 0, 1, lens_save, lens_load, s);
}

CORPUS_CASE(LensState, lens_save, lens_load, 1);
