/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A name of fixed width that is a macro for another type: the visit's own type would change with it. */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define uint8_t uint16_t

typedef struct PumpState {
    uint8_t stroke;
    uint32_t flow;
} PumpState;

static int pump_load(QEMUFile *f, void *opaque, int version_id)
{
    PumpState *s = opaque;

    s->stroke = qemu_get_byte(f); /* want: name-taken */
    s->flow = qemu_get_be32(f); /* want: name-taken */
    return version_id > 1;
}

void pump_init(PumpState *s)
{
    register_savevm(NULL, "pump", 0, 1, NULL, pump_load, s);
}

CORPUS_CASE(PumpState, NULL, pump_load, 1);
