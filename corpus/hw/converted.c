/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Already converted: nothing here is a site and nothing changes. This is also what conversion looks
 * like from the outside, with a literal, a temporary, a buffer and a statement expression.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "migration/visitor-support.h"
#include "corpus.h"

typedef struct FluteState {
    uint32_t notes;
    int holes;
    bool muted;
    uint8_t label[8];
} FluteState;

static void flute_save(QEMUFile *f, void *opaque)
{
    FluteState *s = opaque;
    Visitor *v = qemu_file_get_visitor(f);
    Error **errp = qemu_file_get_errp(f);

    visit_type_uint32(v, "notes", &s->notes, errp);
    visit_type_uint8(v, "holes", &(uint8_t){ s->holes }, errp);
    visit_type_bool(v, "muted", &s->muted, errp);
    visit_type_buffer(v, "label", s->label, sizeof(s->label), errp);
}

static int flute_load(QEMUFile *f, void *opaque, int version_id)
{
    FluteState *s = opaque;
    uint8_t holes = 0;
    Visitor *v = qemu_file_get_visitor(f);
    Error **errp = qemu_file_get_errp(f);

    if (version_id != 1) {
        return -EINVAL;
    }
    visit_type_uint32(v, "notes", &s->notes, errp);
    visit_type_uint8(v, "holes", &holes, errp);
    s->holes = holes;
    visit_type_bool(v, "muted", &s->muted, errp);
    visit_type_buffer(v, "label", s->label, sizeof(s->label), errp);
    return 0;
}

void flute_init(FluteState *s)
{
    register_savevm(NULL, "flute", 0, 1, flute_save, flute_load, s);
}

static void flute_random(FluteState *s, const uint8_t *random, size_t n)
{
    corpus_fill(s, sizeof(*s), random, n);
    s->muted = random[0] & 1;
}

CORPUS_CASE_INIT(FluteState, flute_save, flute_load, 1, flute_random);
