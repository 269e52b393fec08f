/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All sites of a function stand under one #if: what the conversion declares is used in that
 * configuration only, and the other one must still build without a warning.
 */
/* also: -DNET_OFFLOAD */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct NetState {
    uint32_t features;
    int queues;
    uint16_t mtu;
} NetState;

static void net_put_offload(QEMUFile *f, NetState *s)
{
#ifdef NET_OFFLOAD
    qemu_put_be16(f, s->mtu);
    qemu_put_byte(f, s->queues);
#else
    (void)f;
    (void)s;
#endif
}

static int net_get_offload(QEMUFile *f, NetState *s)
{
#ifndef NET_OFFLOAD
    (void)f;
    (void)s;
    return 0;
#else
    int queues = 0;

    s->mtu = qemu_get_be16(f);
    queues = qemu_get_byte(f);
    s->queues = queues;
    return 0;
#endif
}

static void net_save(QEMUFile *f, void *opaque)
{
    NetState *s = opaque;

    qemu_put_be32(f, s->features);
    net_put_offload(f, s);
}

static int net_load(QEMUFile *f, void *opaque, int version_id)
{
    NetState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->features = qemu_get_be32(f);
    return net_get_offload(f, s);
}

void net_init(NetState *s)
{
    register_savevm(NULL, "net", 0, 1, net_save, net_load, s);
}

CORPUS_CASE(NetState, net_save, net_load, 1);
