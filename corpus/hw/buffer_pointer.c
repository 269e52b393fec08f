/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A buffer behind a pointer member, beside one that is an array: the pointer itself goes into the
 * visit, never its address.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define DISC_SECTOR 32

typedef struct DiscState {
    uint8_t *data;
    uint32_t sector;
    uint8_t cache[16];
    uint8_t store[DISC_SECTOR];
    struct {
        uint8_t *at;
        uint32_t bytes;
    } dma;
} DiscState;

static void disc_save(QEMUFile *f, void *opaque)
{
    DiscState *s = opaque;
    uint8_t *half = s->data + DISC_SECTOR / 2;

    qemu_put_be32(f, s->sector);
    qemu_put_buffer(f, s->data, DISC_SECTOR);
    qemu_put_buffer(f, s->cache, sizeof(s->cache));
    qemu_put_buffer(f, half, 4);
    qemu_put_be32(f, s->dma.bytes);
    qemu_put_buffer(f, s->dma.at, s->dma.bytes);
}

static int disc_load(QEMUFile *f, void *opaque, int version_id)
{
    DiscState *s = opaque;
    uint8_t *half = s->data + DISC_SECTOR / 2;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->sector = qemu_get_be32(f);
    qemu_get_buffer(f, s->data, DISC_SECTOR);
    qemu_get_buffer(f, s->cache, sizeof(s->cache));
    qemu_get_buffer(f, half, 4);
    s->dma.bytes = qemu_get_be32(f);
    if (s->dma.bytes > 8) {
        s->dma.bytes = 0;
        return -EINVAL;
    }
    qemu_get_buffer(f, s->dma.at, s->dma.bytes);
    return 0;
}

void disc_init(DiscState *s)
{
    register_savevm(NULL, "disc", 0, 1, disc_save, disc_load, s);
}

static void disc_random(DiscState *s, const uint8_t *random, size_t n)
{
    corpus_fill(s, sizeof(*s), random, n);
    s->data = s->store;
    s->dma.at = s->store + 8;
    s->dma.bytes = random[0] % 9;
}

CORPUS_CASE_INIT(DiscState, disc_save, disc_load, 1, disc_random);
