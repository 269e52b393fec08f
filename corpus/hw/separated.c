/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Declarations that can't be parted from their value, const by a typedef or behind a `*`; a put whose value
 * is returned or chosen, constants wider than the wire, pointers that may be to const.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

typedef const uint32_t fixed_t;

#define MARK 0x12345678
#define labels(s) labels_of(s)

typedef struct JettyState {
    uint32_t one, two;
    uint8_t row;
    uint8_t text[4];
} JettyState;

static const uint8_t *labels_of(JettyState *s)
{
    return s->text;
}

static void jetty_put(QEMUFile *f, JettyState *s)
{
    return qemu_put_be32(f, s->one);
}

static void jetty_save(QEMUFile *f, void *opaque)
{
    JettyState *s = opaque;

    jetty_put(f, s);
    s->row & 1 ? qemu_put_byte(f, 1) : qemu_put_byte(f, 2);
    qemu_put_be16(f, MARK);
    qemu_put_be16(f, ~0);
    qemu_put_buffer(f, labels(s), 2);
    qemu_put_buffer(f, s->row & 1 ? labels(s) : s->text, 2);
}

static int jetty_load(QEMUFile *f, void *opaque, int version_id)
{
    JettyState *s = opaque;
    fixed_t first = qemu_get_be32(f);
    uint8_t *const at = s->text + (qemu_get_byte(f) & 3);
    int i = 0;

    *at = i;
    s->one = first;
    s->two = qemu_get_be16(f);
    return version_id > 1;
}

void jetty_init(JettyState *s)
{
    register_savevm(NULL, "jetty", 0, 1, jetty_save, jetty_load, s);
}

CORPUS_CASE(JettyState, jetty_save, jetty_load, 1);
