/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One field, declared with another type on each side of an #if. What is exact in one configuration
 * is wrong in the other, so the field goes through the wire's type; its neighbours, also under an
 * #if but with one type, are visited directly.
 */
/* also: -DLIFT_TALL */
/* also: -DLIFT_BARE */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct LiftState {
#ifdef LIFT_TALL
    uint64_t floor;
#else
    uint32_t floor;
#endif
    uint32_t door;
#if defined(LIFT_TALL) || !defined(LIFT_BARE)
    uint16_t bell;
#endif
} LiftState;

static void lift_save(QEMUFile *f, void *opaque)
{
    LiftState *s = opaque;

    qemu_put_be32(f, s->floor);
    qemu_put_be32(f, s->door);
#if defined(LIFT_TALL) || !defined(LIFT_BARE)
    qemu_put_be16(f, s->bell);
#endif
}

static int lift_load(QEMUFile *f, void *opaque, int version_id)
{
    LiftState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->floor = qemu_get_be32(f);
    s->door = qemu_get_be32(f);
#if defined(LIFT_TALL) || !defined(LIFT_BARE)
    s->bell = qemu_get_be16(f);
#endif
    return 0;
}

void lift_init(LiftState *s)
{
    register_savevm(NULL, "lift", 0, 1, lift_save, lift_load, s);
}

CORPUS_CASE(LiftState, lift_save, lift_load, 1);
