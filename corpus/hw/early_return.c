/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Early returns between sites, some past a closing call. Whatever goes wrong on the stream, no exit
 * path is added and none is lost: the closing call runs exactly when it ran before.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct DrillState {
    uint32_t depth;
    uint16_t torque;
    uint8_t stuck;
    uint32_t openings;
    uint32_t closings;
} DrillState;

static void drill_open(DrillState *s)
{
    s->openings++;
}

static void drill_close(DrillState *s)
{
    s->closings++;
}

static void drill_save(QEMUFile *f, void *opaque)
{
    DrillState *s = opaque;

    qemu_put_be32(f, s->depth);
    if (s->depth == 0) {
        return;
    }
    qemu_put_byte(f, s->stuck);
    if (s->stuck & 1)
        return;
    qemu_put_be16(f, s->torque);
}

static int drill_load(QEMUFile *f, void *opaque, int version_id)
{
    DrillState *s = opaque;
    int ret = -EINVAL;

    if (version_id != 1) {
        return -EINVAL;
    }
    drill_open(s);
    s->depth = qemu_get_be32(f);
    if (s->depth == 0) {
        ret = 0;
        goto out;
    }
    s->stuck = qemu_get_byte(f);
    if (s->stuck & 1) {
        drill_close(s);
        return 0;
    }
    s->torque = qemu_get_be16(f);
    ret = qemu_file_get_error(f);
out:
    drill_close(s);
    return ret;
}

void drill_init(DrillState *s)
{
    register_savevm(NULL, "drill", 0, 1, drill_save, drill_load, s);
}

CORPUS_CASE(DrillState, drill_save, drill_load, 1);
