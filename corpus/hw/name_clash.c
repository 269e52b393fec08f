/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions whose own names include v, errp, visitor, a label, a macro and fields called like a
 * temporary would be or like a type: what the conversion declares must be called something else.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "corpus.h"

#define errp_limit 9

typedef struct VatState {
    uint32_t v;
    int errp;
    int ph;
    uint16_t visitor;
    int16_t Error;
} VatState;

static uint32_t value;
static uint8_t ph_seen;

static void vat_save(QEMUFile *f, void *opaque)
{
    VatState *v = opaque;
    int errp = errp_limit;

    qemu_put_be32(f, v->v);
    qemu_put_byte(f, v->errp < errp ? v->errp : errp);
    qemu_put_byte(f, v->ph);
    qemu_put_be16(f, v->visitor);
    qemu_put_be32(f, v->Error);
}

static int vat_load(QEMUFile *f, void *opaque, int version_id)
{
    VatState *visitor = opaque;
    int v = 0, ph;

    if (version_id != 1) {
        goto errp;
    }
    visitor->v = qemu_get_be32(f);
    visitor->errp = qemu_get_byte(f);
    ph = qemu_get_byte(f);
    visitor->ph = ph;
    value = visitor->v;
    ph_seen = ph;
    visitor->visitor = qemu_get_be16(f);
    visitor->Error = qemu_get_be32(f);
    v = visitor->errp > errp_limit;
    if (v == 0) {
        return 0;
    }
errp:
    return -EINVAL;
}

void vat_init(VatState *s)
{
    register_savevm(NULL, "vat", 0, 1, vat_save, vat_load, s);
}

CORPUS_CASE(VatState, vat_save, vat_load, 1);
