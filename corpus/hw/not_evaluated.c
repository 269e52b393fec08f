/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A primitive as the operand of sizeof or typeof, or in an argument that a macro drops: it is never
 * called, so nothing travels. A visit in its place would be evaluated, or its visitor not used. Refused.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define GAUGE_TRACE(...)
#define GAUGE_FIRST(value, spare...) (value)

typedef struct GaugeState {
    uint32_t level;
    uint64_t sum;
} GaugeState;

size_t gauge_word_size(QEMUFile *f);

size_t gauge_word_size(QEMUFile *f)
{
    return sizeof(qemu_get_be32(f)); /* want: not-evaluated */
}

static void gauge_clear(QEMUFile *f, GaugeState *s)
{
    typeof(qemu_get_be64(f)) zero = 0; /* want: not-evaluated */

    GAUGE_TRACE("%d", qemu_get_byte(f)); /* want: not-evaluated */
    s->sum = GAUGE_FIRST(zero, qemu_get_be16(f)); /* want: not-evaluated */
    (void)f;
}

static void gauge_save(QEMUFile *f, void *opaque)
{
    GaugeState *s = opaque;

    qemu_put_be32(f, s->level);
}

static int gauge_load(QEMUFile *f, void *opaque, int version_id)
{
    GaugeState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    gauge_clear(f, s);
    s->level = qemu_get_be32(f);
    return 0;
}

void gauge_init(GaugeState *s)
{
    register_savevm(NULL, "gauge", 0, 1, gauge_save, gauge_load, s);
}

CORPUS_CASE(GaugeState, gauge_save, gauge_load, 1);
