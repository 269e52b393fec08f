/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gets in the statements of a statement expression and of a macro's argument, behind sizeof, in an inline
 * function in capitals, compared with what they never are: in place. Pointed to, floating stays floating.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "hw/sample.h"
#include "corpus.h"

#define TWICE(x) do { x; x; } while (0)

typedef struct CraneState {
    uint32_t load[4];
    uint64_t reach;
    uint8_t turns, mark;
} CraneState;

static double crane_scales[3] = { 1, 300.5, 70000 };

static float *crane_scale(void)
{
    static float scale = 300;

    return &scale;
}

static void crane_save(QEMUFile *f, void *opaque)
{
    CraneState *s = opaque;

    qemu_put_be16(f, *(crane_scales + 1)); /* want: floating */
    qemu_put_byte(f, *crane_scale()); /* want: floating */
    qemu_put_byte(f, *(&s->turns + 1));
    qemu_put_byte(f, (*s).turns);
}

static int crane_load(QEMUFile *f, void *opaque, int version_id)
{
    CraneState *s = opaque;

    s->load[0] = ({ uint32_t load = qemu_get_be32(f); load + 3; });
    s->load[1] = ({ int i; for (i = 0; i < 3; i++) { s->turns += qemu_get_byte(f); } i; });
    TWICE({ s->load[2] = qemu_get_be16(f); });
    s->reach = sizeof(s->load) * qemu_get_byte(f);
    s->load[3] = SAMPLED(qemu_get_byte(f));
    s->mark = qemu_get_be16(f) == 0x12345;
    return version_id > 1;
}

void crane_init(CraneState *s)
{
    register_savevm(NULL, "crane", 0, 1, crane_save, crane_load, s);
}

CORPUS_CASE(CraneState, crane_save, crane_load, 1);
