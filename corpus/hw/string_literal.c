/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Buffers whose source is a string literal, and its check on load: the literal is passed on, with a
 * cast where the visit's pointer is not const.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define STAMP_TAG "STMP"

typedef struct StampState {
    uint32_t serial;
} StampState;

static void stamp_save(QEMUFile *f, void *opaque)
{
    StampState *s = opaque;

    qemu_put_buffer(f, (const uint8_t *)"stamp-v2", 8);
    qemu_put_buffer(f, (uint8_t *)STAMP_TAG, sizeof(STAMP_TAG) - 1);
    qemu_put_be32(f, s->serial);
}

static int stamp_load(QEMUFile *f, void *opaque, int version_id)
{
    StampState *s = opaque;
    uint8_t magic[8] = { 0 };
    char tag[5] = "";

    if (version_id != 2) {
        return -EINVAL;
    }
    qemu_get_buffer(f, magic, sizeof(magic));
    if (memcmp(magic, "stamp-v2", 8) != 0) {
        return -EINVAL;
    }
    qemu_get_buffer(f, (uint8_t *)tag, 4);
    if (strcmp(tag, STAMP_TAG) != 0) {
        return -EINVAL;
    }
    s->serial = qemu_get_be32(f);
    return 0;
}

void stamp_init(StampState *s)
{
    register_savevm(NULL, "stamp", 0, 2, stamp_save, stamp_load, s);
}

CORPUS_CASE(StampState, stamp_save, stamp_load, 2);
