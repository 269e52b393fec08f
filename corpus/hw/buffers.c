/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Buffers with casts, sizeof, computed sizes, signed ones, and every use of the result: compared,
 * assigned, returned, thrown away, summed up. A short read at the end of the stream gives what it
 * gave before.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define ALBUM_PAGES 3

typedef struct AlbumState {
    uint8_t cover[16];
    char title[12];
    int8_t deltas[10];
    uint32_t pages[ALBUM_PAGES];
    struct { uint8_t used; uint8_t data[20]; } strip;
    uint32_t got;
} AlbumState;

static void album_save(QEMUFile *f, void *opaque)
{
    AlbumState *s = opaque;

    qemu_put_buffer(f, s->cover, sizeof(s->cover));
    qemu_put_buffer(f, (uint8_t *)s->title, sizeof s->title);
    qemu_put_sbuffer(f, s->deltas, sizeof(s->deltas));
    qemu_put_buffer(f, (const uint8_t *)s->pages, ALBUM_PAGES * sizeof(s->pages[0]));
    qemu_put_byte(f, s->strip.used);
    qemu_put_buffer(f, s->strip.data, s->strip.used);
    qemu_put_buffer(f, &s->strip.data[2], 4);
    qemu_put_buffer(f, (void *)&s->got, sizeof(uint32_t));
}

static size_t album_get_got(AlbumState *s, QEMUFile *f)
{
    return qemu_get_buffer(f, (void *)&s->got, sizeof(uint32_t));
}

static int album_load(QEMUFile *f, void *opaque, int version_id)
{
    AlbumState *s = opaque;
    size_t got, total = 0;

    if (version_id != 1) {
        return -EINVAL;
    }
    qemu_get_buffer(f, s->cover, sizeof(s->cover));
    if (qemu_get_buffer(f, (uint8_t *)s->title, sizeof s->title) != sizeof s->title) {
        return -EIO;
    }
    got = qemu_get_sbuffer(f, s->deltas, sizeof(s->deltas));
    if (got < sizeof(s->deltas)) {
        return -EIO;
    }
    total += qemu_get_buffer(f, (uint8_t *)s->pages, ALBUM_PAGES * sizeof(s->pages[0]));
    s->strip.used = qemu_get_byte(f) % sizeof(s->strip.data);
    total += qemu_get_buffer(f, s->strip.data, s->strip.used);
    (void)qemu_get_buffer(f, &s->strip.data[2], 4);
    return total + album_get_got(s, f) > 0 ? 0 : -EIO;
}

void album_init(AlbumState *s)
{
    register_savevm(NULL, "album", 0, 1, album_save, album_load, s);
}

static void album_random(AlbumState *s, const uint8_t *random, size_t n)
{
    corpus_fill(s, sizeof(*s), random, n);
    s->strip.used %= sizeof(s->strip.data);
}

CORPUS_CASE_INIT(AlbumState, album_save, album_load, 1, album_random);
