/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Godwit NIC: a station address, interrupt bits, and two rings of descriptors. */
#include "hw/hw.h"

#define GODWIT_RING 4

typedef struct GodwitDesc {
    uint64_t addr;
    uint16_t len;
    uint16_t flags;
} GodwitDesc;

typedef struct GodwitRing {
    uint32_t base;
    int next;
    GodwitDesc desc[GODWIT_RING];
} GodwitRing;

typedef struct GodwitNic {
    uint8_t mac[6];
    uint32_t int_mask;
    uint32_t int_status;
    unsigned int link_up : 1;
    unsigned int promiscuous : 1;
    GodwitRing rx;
    GodwitRing tx;
} GodwitNic;

static void godwit_ring_save(QEMUFile *f, GodwitRing *ring)
{
    int i;

    qemu_put_be32s(f, &ring->base);
    qemu_put_be32(f, ring->next);
    for (i = 0; i < GODWIT_RING; i++) {
        qemu_put_be64(f, ring->desc[i].addr);
        qemu_put_be16(f, ring->desc[i].len);
        qemu_put_be16(f, ring->desc[i].flags);
    }
}

static int godwit_ring_load(QEMUFile *f, GodwitRing *ring)
{
    int i;

    qemu_get_be32s(f, &ring->base);
    ring->next = qemu_get_be32(f);
    for (i = 0; i < GODWIT_RING; i++) {
        ring->desc[i].addr = qemu_get_be64(f);
        ring->desc[i].len = qemu_get_be16(f);
        ring->desc[i].flags = qemu_get_be16(f);
    }
    return ring->next >= 0 && ring->next < GODWIT_RING ? 0 : -EINVAL;
}

static void godwit_nic_save(QEMUFile *f, void *opaque)
{
    GodwitNic *s = opaque;

    qemu_put_buffer(f, s->mac, sizeof(s->mac));
    qemu_put_be32(f, s->int_mask);
    qemu_put_be32(f, s->int_status);
    qemu_put_byte(f, s->link_up);
    qemu_put_byte(f, s->promiscuous);
    godwit_ring_save(f, &s->rx);
    godwit_ring_save(f, &s->tx);
}

static int godwit_nic_load(QEMUFile *f, void *opaque, int version_id)
{
    GodwitNic *s = opaque;

    qemu_get_buffer(f, s->mac, sizeof(s->mac));
    s->int_mask = qemu_get_be32(f);
    s->int_status = qemu_get_be32(f);
    s->link_up = qemu_get_byte(f);
    s->promiscuous = qemu_get_byte(f);
    if (godwit_ring_load(f, &s->rx) < 0) {
        return -EINVAL;
    }
    return godwit_ring_load(f, &s->tx);
}

void godwit_nic_init(DeviceState *dev, GodwitNic *s)
{
    register_savevm(dev, "godwit-nic", -1, 1, godwit_nic_save, godwit_nic_load, s);
}
