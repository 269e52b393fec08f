/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gets in initialisers: of exactly the wire's type, of another, of a const local, among declarations
 * that depend on them and declarators that don't. A visit comes after the declarations only where
 * nothing in between needs the value; else right after the declaration, and without its const.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct CanalState {
    uint32_t gates;
    uint16_t level;
    bool open;
    uint8_t boats;
    int64_t since;
    uint32_t mask;
} CanalState;

static void canal_save(QEMUFile *f, void *opaque)
{
    CanalState *s = opaque;

    qemu_put_be32(f, s->gates);
    qemu_put_byte(f, s->open);
    qemu_put_be16(f, s->level);
    qemu_put_byte(f, s->boats);
    qemu_put_be64(f, s->since);
    qemu_put_be32(f, s->mask);
    qemu_put_byte(f, 3);
}

static int canal_load_mask(CanalState *s, QEMUFile *f)
{
    const uint32_t mask = qemu_get_be32(f);
    uint32_t low = mask & 0xffff, high = mask >> 16;

    s->mask = high << 16 | low;
    return qemu_get_byte(f) == 3 ? 0 : -EINVAL;
}

static void canal_load_boats(CanalState *s, QEMUFile *f)
{
    int boats = qemu_get_byte(f), spare = 0;
    int64_t since = qemu_get_be64(f);
    const char *unit = "s";

    s->boats = boats + spare;
    s->since = unit[0] == 's' ? since : 0;
}

static int canal_load(QEMUFile *f, void *opaque, int version_id)
{
    CanalState *s = opaque;
    uint32_t gates = qemu_get_be32(f);
    bool open = qemu_get_byte(f);

    if (version_id != 1) {
        return -EINVAL;
    }
    if (gates != 0) {
        int level = qemu_get_be16(f);

        s->level = level;
    } else {
        uint16_t level = qemu_get_be16(f);

        s->level = level;
    }
    s->gates = gates;
    s->open = open;
    canal_load_boats(s, f);
    return canal_load_mask(s, f);
}

void canal_init(CanalState *s)
{
    register_savevm(NULL, "canal", 0, 1, canal_save, canal_load, s);
}

static void canal_random(CanalState *s, const uint8_t *random, size_t n)
{
    corpus_fill(s, sizeof(*s), random, n);
    s->open = random[0] & 1;
}

CORPUS_CASE_INIT(CanalState, canal_save, canal_load, 1, canal_random);
