/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Handlers as static inline functions in a header: a header is converted like a source file. Used by
 * static_inline.c.
 */
#ifndef CORPUS_HW_STATIC_INLINE_H
#define CORPUS_HW_STATIC_INLINE_H

#include "qemu/osdep.h"
#include "hw/hw.h"

typedef struct CogState {
    uint32_t teeth;
    int wear;
    uint16_t ratio[2];
} CogState;

static inline void cog_put(QEMUFile *f, CogState *s)
{
    qemu_put_be32(f, s->teeth);
    qemu_put_byte(f, s->wear);
}

static inline void cog_get(QEMUFile *f, CogState *s)
{
    s->teeth = qemu_get_be32(f);
    s->wear = qemu_get_byte(f);
}

static inline void cog_put_ratio(QEMUFile *f, CogState *s)
{
    int i;

    for (i = 0; i < 2; i++) {
        qemu_put_be16s(f, &s->ratio[i]);
    }
}

static inline void cog_get_ratio(QEMUFile *f, CogState *s)
{
    int i;

    for (i = 0; i < 2; i++) {
        qemu_get_be16s(f, &s->ratio[i]);
    }
}

#endif
