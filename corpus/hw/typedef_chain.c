/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Types behind chains of typedefs in a header are followed to the end: BankReg is reg_t is uint32_t,
 * also as the element of an array type. All are visited directly.
 */
/* also: -DCORPUS_WIDE_BUS */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "hw/chain.h"
#include "corpus.h"

typedef struct BankState BankState;

struct BankState {
    BankReg select;
    BankArray window;
    octet latch;
    stamp_t stamp;
};

static void bank_save(QEMUFile *f, void *opaque)
{
    BankState *s = opaque;
    unsigned int i;

    qemu_put_be32(f, s->select);
    for (i = 0; i < ARRAY_SIZE(s->window); i++) {
        qemu_put_be32(f, s->window[i]);
    }
    qemu_put_byte(f, s->latch);
    qemu_put_sbe32(f, s->stamp);
}

static int bank_load(QEMUFile *f, void *opaque, int version_id)
{
    BankState *s = opaque;
    unsigned int i;

    if (version_id != 1) {
        return -EINVAL;
    }
    s->select = qemu_get_be32(f);
    for (i = 0; i < ARRAY_SIZE(s->window); i++) {
        s->window[i] = qemu_get_be32(f);
    }
    s->latch = qemu_get_byte(f);
    s->stamp = qemu_get_sbe32(f);
    return 0;
}

void bank_init(BankState *s)
{
    register_savevm(NULL, "bank", 0, 1, bank_save, bank_load, s);
}

CORPUS_CASE(BankState, bank_save, bank_load, 1);
