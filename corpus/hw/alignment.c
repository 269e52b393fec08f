/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Members whose address is not aligned, by a pragma, an attribute of a typedef or of the member, or as a
 * part of a packed struct, however it is reached; and a compound literal that lives until its block ends.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#pragma pack(1)
typedef struct Tight {
    uint8_t odd;
    uint32_t level;
} Tight;
#pragma pack()

typedef uint32_t loose_t __attribute__((aligned(1)));

typedef struct Pair {
    uint32_t left, right;
} Pair;

typedef struct QuayState {
    Tight tight;
    struct {
        uint8_t odd;
        loose_t level;
    } loose;
    struct {
        uint8_t odd;
        uint32_t level __attribute__((packed));
    } one;
    struct {
        uint8_t odd;
        Pair pair;
        uint32_t rows[2];
    } __attribute__((packed)) whole;
    uint32_t plain;
} QuayState;

static void quay_save(QEMUFile *f, void *opaque)
{
    QuayState *s = opaque;

    qemu_put_be32(f, s->tight.level);
    qemu_put_be32(f, s->loose.level);
    qemu_put_be32(f, s->one.level);
    qemu_put_be32(f, (&s->whole.pair)->left);
    qemu_put_be32(f, s->whole.rows[1]);
    qemu_put_be32(f, s->plain);
    qemu_put_byte(f, 1);
}

static int quay_load(QEMUFile *f, void *opaque, int version_id)
{
    QuayState *s = opaque;
    const uint8_t *marks;

    s->tight.level = qemu_get_be32(f);
    s->loose.level = qemu_get_be32(f);
    s->one.level = qemu_get_be32(f);
    (&s->whole.pair)->left = qemu_get_be32(f);
    *(s->whole.rows + 1) = qemu_get_be32(f);
    s->plain = qemu_get_be32(f);
    goto marked;
marked:
    marks = (const uint8_t[2]){ qemu_get_byte(f), 2 };
    s->plain += marks[0] + marks[1];
    return version_id > 1;
}

void quay_init(QuayState *s)
{
    register_savevm(NULL, "quay", 0, 1, quay_save, quay_load, s);
}

CORPUS_CASE(QuayState, quay_save, quay_load, 1);
