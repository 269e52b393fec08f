/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sites in the bodies of a switch, with braces and without, with declarations of their own, and one
 * case that falls through into the next. A temporary is never declared between a case and its label.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

enum CoderKind { CODER_RAW, CODER_RUN, CODER_WIDE, CODER_BOTH, CODER_KINDS };

typedef struct CoderState {
    uint8_t kind;
    uint32_t raw;
    int run;
    uint64_t wide;
    uint8_t extra;
} CoderState;

static void coder_save(QEMUFile *f, void *opaque)
{
    CoderState *s = opaque;

    qemu_put_byte(f, s->kind);
    switch (s->kind) {
    case CODER_RAW:
        qemu_put_be32(f, s->raw);
        break;
    case CODER_RUN:
        qemu_put_byte(f, s->run);
        qemu_put_byte(f, s->extra);
        break;
    case CODER_WIDE: {
        uint32_t high = s->wide >> 32;

        qemu_put_be32(f, high);
        qemu_put_be32(f, s->wide);
        break;
    }
    case CODER_BOTH:
        qemu_put_be64(f, s->wide);
        /* fall through */
    default:
        qemu_put_be16(f, s->run);
    }
}

static int coder_load(QEMUFile *f, void *opaque, int version_id)
{
    CoderState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->kind = qemu_get_byte(f);
    switch (s->kind) {
    case CODER_RAW:
        s->raw = qemu_get_be32(f);
        break;
    case CODER_RUN:
        s->run = qemu_get_byte(f);
        s->extra = qemu_get_byte(f);
        break;
    case CODER_WIDE: {
        uint32_t high = qemu_get_be32(f);

        s->wide = (uint64_t)high << 32;
        s->wide |= qemu_get_be32(f);
        break;
    }
    case CODER_BOTH:
        s->wide = qemu_get_be64(f);
        /* fall through */
    default:
        s->run = qemu_get_be16(f);
    }
    return 0;
}

void coder_init(CoderState *s)
{
    register_savevm(NULL, "coder", 0, 1, coder_save, coder_load, s);
}

static void coder_random(CoderState *s, const uint8_t *random, size_t n)
{
    corpus_fill(s, sizeof(*s), random, n);
    s->kind = random[0] % (CODER_KINDS + 1);
}

CORPUS_CASE_INIT(CoderState, coder_save, coder_load, 1, coder_random);
