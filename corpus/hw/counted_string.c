/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A name that travels as a length byte and its bytes, as in a subsection's header. The length is one
 * byte on the wire although it is read into a wider local; neither it nor the name may be dropped,
 * and a string visit would be wrong.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define TAG_MARK 0x05

typedef struct TagState {
    char name[32];
    uint32_t version;
    uint32_t payload;
} TagState;

static void tag_save(QEMUFile *f, void *opaque)
{
    TagState *s = opaque;
    uint8_t len = strlen(s->name);

    qemu_put_byte(f, TAG_MARK);
    qemu_put_byte(f, len);
    qemu_put_buffer(f, (uint8_t *)s->name, len);
    qemu_put_be32(f, s->version);
    qemu_put_byte(f, strlen(s->name));
    qemu_put_be32(f, s->payload);
}

static int tag_load(QEMUFile *f, void *opaque, int version_id)
{
    TagState *s = opaque;
    uint32_t len;
    char name[32] = "";

    if (version_id != 1 || qemu_get_byte(f) != TAG_MARK) {
        return -EINVAL;
    }
    len = qemu_get_byte(f);
    if (len >= sizeof(name)) {
        return -EINVAL;
    }
    qemu_get_buffer(f, (uint8_t *)name, len);
    name[len] = 0;
    memcpy(s->name, name, len + 1);
    s->version = qemu_get_be32(f);
    if (qemu_get_byte(f) != (int)len) {
        return -EINVAL;
    }
    s->payload = qemu_get_be32(f);
    return 0;
}

void tag_init(TagState *s)
{
    register_savevm(NULL, "tag", 0, 1, tag_save, tag_load, s);
}

static void tag_random(TagState *s, const uint8_t *random, size_t n)
{
    size_t i, len = random[0] % 31;

    corpus_fill(s, sizeof(*s), random, n);
    for (i = 0; i < len; i++) {
        s->name[i] = 'a' + random[i % n] % 26;
    }
    s->name[len] = 0;
}

CORPUS_CASE_INIT(TagState, tag_save, tag_load, 1, tag_random);
