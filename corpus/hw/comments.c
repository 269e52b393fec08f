/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Comments in every place of a call, and names of primitives in comments and strings, which are no
 * calls: qemu_put_be32(f, s->nothing) is not one either. No comment is lost.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef struct QuillState {
    uint32_t ink;       /* travels as qemu_put_be32(f, s->ink) */
    int nib;
    uint16_t width;     // qemu_get_be16(f)
    uint8_t colour;
} QuillState;

static const char quill_help[] = "save with qemu_put_be32(f, s->ink);";

static void quill_save(QEMUFile *f, void *opaque)
{
    QuillState *s = opaque;

    /* first the ink */
    qemu_put_be32(f, s->ink /* in drops */);    /* a trailing one */
    qemu_put_byte(f /* the stream */, s->nib);  // and a C++ one
    // qemu_put_be64(f, s->ink);
    qemu_put_be16(/* before */ f, /* between */ s->width /* after */);
    qemu_put_byte(f, quill_help[0]); /* qemu_put_byte(f, 's') */
    qemu_put_byte(f, /* 0x */ s->colour); /* one */ /* two */
}

static int quill_load(QEMUFile *f, void *opaque, int version_id)
{
    QuillState *s = opaque;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->ink = qemu_get_be32(f /* drops */);      /* a trailing one */
    s->nib /* the left side */ = /* the right side */ qemu_get_byte(f);
    s->width = /* two bytes */ qemu_get_be16(f); // qemu_get_be16(f)
    if (/* the help's first letter */ qemu_get_byte(f) != 's') {
        return -EINVAL;
    }
    /*
     * s->colour = qemu_get_be32(f);
     */
    s->colour = qemu_get_byte(f);
    return 0;
}

void quill_init(QuillState *s)
{
    register_savevm(NULL, "quill", 0, 1, quill_save, quill_load, s);
}

CORPUS_CASE(QuillState, quill_save, quill_load, 1);
