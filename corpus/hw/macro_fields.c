/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fields that macros put into the struct, without a semicolon at the place of use. They resolve as
 * if they were written out.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "hw/panel-common.h"
#include "corpus.h"

typedef struct PanelState {
    uint32_t width;
    PANEL_COMMON
    PANEL_REGS(4)
    uint64_t frames;
} PanelState;

static void panel_save(QEMUFile *f, void *opaque)
{
    PanelState *s = opaque;
    int i;

    qemu_put_be32(f, s->width);
    qemu_put_be32(f, s->intr_request);
    qemu_put_be32(f, s->dimmed);
    qemu_put_byte(f, s->brightness);
    qemu_put_byte(f, s->powered);
    for (i = 0; i < 4; i++) {
        qemu_put_be16(f, s->regs[i]);
    }
    qemu_put_be64(f, s->frames);
}

static int panel_load(QEMUFile *f, void *opaque, int version_id)
{
    PanelState *s = opaque;
    int i;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->width = qemu_get_be32(f);
    s->intr_request = qemu_get_be32(f);
    s->dimmed = qemu_get_be32(f);
    s->brightness = qemu_get_byte(f);
    s->powered = qemu_get_byte(f);
    for (i = 0; i < 4; i++) {
        s->regs[i] = qemu_get_be16(f);
    }
    s->frames = qemu_get_be64(f);
    return 0;
}

void panel_init(PanelState *s)
{
    register_savevm(NULL, "panel", 0, 1, panel_save, panel_load, s);
}

static void panel_random(PanelState *s, const uint8_t *random, size_t n)
{
    memset(s, 0, sizeof(*s));
    corpus_fill(s, offsetof(PanelState, powered), random, n);
    s->powered = random[0] & 1;
    corpus_fill(s->regs, sizeof(s->regs), random, n);
    corpus_fill(&s->frames, sizeof(s->frames), random, n);
}

CORPUS_CASE_INIT(PanelState, panel_save, panel_load, 1, panel_random);
