/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VMStateInfo of today: the functions get the field, put returns an int and has a description to
 * fill. Two of them, on a scalar behind a local pointer and on one that pv points to directly.
 */
#include "qemu/osdep.h"
#include "migration/vmstate.h"
#include "corpus.h"

typedef struct Ring {
    uint64_t head;
    int32_t steps;
    uint8_t wrap;
} Ring;

static int put_steps(QEMUFile *f, void *pv, size_t size, const VMStateField *field,
                     JSONWriter *vmdesc)
{
    (void)size, (void)field, (void)vmdesc;
    qemu_put_sbe32(f, *(int32_t *)pv);
    return 0;
}

static int get_steps(QEMUFile *f, void *pv, size_t size, const VMStateField *field)
{
    int32_t *steps = pv;

    (void)size, (void)field;
    *steps = qemu_get_sbe32(f);
    return *steps < 0 ? -EINVAL : 0;
}

static int put_ring(QEMUFile *f, void *pv, size_t size, const VMStateField *field,
                    JSONWriter *vmdesc)
{
    Ring *ring = pv;

    qemu_put_be64s(f, &ring->head);
    qemu_put_byte(f, ring->wrap);
    return put_steps(f, &ring->steps, size, field, vmdesc);
}

static int get_ring(QEMUFile *f, void *pv, size_t size, const VMStateField *field)
{
    Ring *ring = pv;

    qemu_get_be64s(f, &ring->head);
    ring->wrap = qemu_get_byte(f);
    return get_steps(f, &ring->steps, size, field);
}

const VMStateInfo vmstate_info_steps = {
    .name = "steps",
    .get = get_steps,
    .put = put_steps,
};

const VMStateInfo vmstate_info_ring = {
    .name = "ring",
    .get = get_ring,
    .put = put_ring,
};

static void ring_random(Ring *ring, const uint8_t *random, size_t n)
{
    corpus_fill(ring, sizeof(*ring), random, n);
}

CORPUS_CASE_INFO4(Ring, put_ring, get_ring, ring_random);
