/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An address type that is 32 or 64 bits wide depending on the configuration: a visit of its address
 * would be wrong in one of them. It goes through the wire's own type in both directions.
 */
/* also: -DCORPUS_WIDE_BUS */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "hw/chain.h"
#include "corpus.h"

typedef struct FerryState {
    bus_addr_t base;
    bus_addr_t limit;
    uint64_t cargo;
} FerryState;

static void ferry_save(QEMUFile *f, void *opaque)
{
    FerryState *s = opaque;

    qemu_put_be64(f, s->base);
    qemu_put_be32(f, s->limit);
    qemu_put_be64(f, s->cargo);
}

static int ferry_load(QEMUFile *f, void *opaque, int version_id)
{
    FerryState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->base = qemu_get_be64(f);
    s->limit = qemu_get_be32(f);
    s->cargo = qemu_get_be64(f);
    return 0;
}

void ferry_init(FerryState *s)
{
    register_savevm(NULL, "ferry", 0, 1, ferry_save, ferry_load, s);
}

CORPUS_CASE(FerryState, ferry_save, ferry_load, 1);
