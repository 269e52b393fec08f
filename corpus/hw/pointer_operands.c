/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pointer forms whose operand is not the address of a field: the name of an array, a cast, a
 * pointer to const, the address of a const element. To const means a value out, never written.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct OrganState {
    uint32_t pipes[3];
    int32_t swell;
    uint8_t raw[8];
    uint16_t stops;
} OrganState;

static const uint16_t organ_layout[2] = { 61, 32 };

static void organ_save(QEMUFile *f, void *opaque)
{
    OrganState *s = opaque;
    const OrganState *view = s;
    const uint16_t *stops = &s->stops;

    qemu_put_be32s(f, s->pipes);
    qemu_put_be32s(f, (uint32_t *)&s->swell);
    qemu_put_be16s(f, stops);
    qemu_put_be16s(f, &view->stops);
    qemu_put_be16s(f, &organ_layout[1]);
    qemu_put_be16s(f, organ_layout);
    qemu_put_8s(f, s->raw + 3);
}

static int organ_load(QEMUFile *f, void *opaque, int version_id)
{
    OrganState *s = opaque;
    uint16_t layout;

    if (version_id != 1) {
        return -EINVAL;
    }
    qemu_get_be32s(f, s->pipes);
    qemu_get_be32s(f, (uint32_t *)&s->swell);
    qemu_get_be16s(f, &s->stops);
    qemu_get_be16s(f, &s->stops);
    qemu_get_be16s(f, &layout);
    if (layout != organ_layout[1]) {
        return -EINVAL;
    }
    qemu_get_be16s(f, &layout);
    qemu_get_8s(f, s->raw + 3);
    return layout == organ_layout[0] ? 0 : -EINVAL;
}

void organ_init(OrganState *s)
{
    register_savevm(NULL, "organ", 0, 1, organ_save, organ_load, s);
}

CORPUS_CASE(OrganState, organ_save, organ_load, 1);
