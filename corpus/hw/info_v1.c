/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VMStateInfo of the first kind: get and put with three arguments, the field behind pv. They are
 * converted like any handler; size goes on being used where it was.
 */
#include "qemu/osdep.h"
#include "hw/vmstate-v1.h"
#include "corpus.h"

typedef struct Fixed24 {
    uint32_t bits;
    uint16_t scale;
    bool exact;
} Fixed24;

static int get_fixed24(QEMUFile *f, void *pv, size_t size)
{
    Fixed24 *v = pv;

    if (size != sizeof(*v)) {
        return -EINVAL;
    }
    v->bits = qemu_get_be32(f) & 0xffffff;
    qemu_get_be16s(f, &v->scale);
    v->exact = qemu_get_byte(f);
    return 0;
}

static void put_fixed24(QEMUFile *f, void *pv, size_t size)
{
    Fixed24 *v = pv;

    if (size == sizeof(*v)) {
        qemu_put_be32(f, v->bits & 0xffffff);
        qemu_put_be16s(f, &v->scale);
        qemu_put_byte(f, v->exact);
    }
}

const VMStateInfo vmstate_info_fixed24 = {
    .name = "fixed24",
    .get = get_fixed24,
    .put = put_fixed24,
};

static void fixed24_random(Fixed24 *v, const uint8_t *random, size_t n)
{
    corpus_fill(v, sizeof(*v), random, n);
    v->exact = random[0] & 1;
}

CORPUS_CASE_INFO3(Fixed24, put_fixed24, get_fixed24, fixed24_random);
