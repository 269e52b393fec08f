/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loops that are macros followed by a block, from a header and from this file, nested, and with an
 * unbraced body. A temporary belongs into the loop, where its site is.
 */
#include "qemu/osdep.h"
#include "qemu/queue.h"
#include "hw/hw.h"
#include "corpus.h"

#define YARD_WAGONS 3
#define AXLE_FOREACH(wagon, i) for ((i) = 0; (i) < (wagon)->axles; (i)++)
#define WAGON_FOREACH(yard, w) \
    for ((w) = (yard)->wagons; (w) < (yard)->wagons + YARD_WAGONS; (w)++)

typedef struct Wagon {
    QLIST_ENTRY(Wagon) link;
    uint8_t axles;
    int load[4];
    uint32_t number;
} Wagon;

typedef struct YardState {
    Wagon wagons[YARD_WAGONS];
    QLIST_HEAD(, Wagon) track;
    QTAILQ_HEAD(, Siding) sidings;
    struct Siding {
        QTAILQ_ENTRY(Siding) next;
        uint16_t length;
    } siding[2];
} YardState;

static void yard_save(QEMUFile *f, void *opaque)
{
    YardState *s = opaque;
    struct Siding *siding;
    Wagon *wagon;
    int i;

    WAGON_FOREACH(s, wagon) {
        qemu_put_be32(f, wagon->number);
    }
    QLIST_FOREACH(wagon, &s->track, link) {
        qemu_put_byte(f, wagon->axles);
        AXLE_FOREACH(wagon, i) {
            qemu_put_be16(f, wagon->load[i]);
        }
    }
    QTAILQ_FOREACH(siding, &s->sidings, next)
        qemu_put_be16(f, siding->length);
}

static int yard_load(QEMUFile *f, void *opaque, int version_id)
{
    YardState *s = opaque;
    struct Siding *siding;
    Wagon *wagon;
    int i;

    if (version_id != 1) {
        return -EINVAL;
    }
    WAGON_FOREACH(s, wagon) {
        wagon->number = qemu_get_be32(f);
    }
    QLIST_FOREACH(wagon, &s->track, link) {
        wagon->axles = qemu_get_byte(f) & 3;
        AXLE_FOREACH(wagon, i) {
            wagon->load[i] = qemu_get_be16(f);
        }
    }
    QTAILQ_FOREACH(siding, &s->sidings, next)
        siding->length = qemu_get_be16(f);
    return 0;
}

void yard_init(YardState *s)
{
    register_savevm(NULL, "yard", 0, 1, yard_save, yard_load, s);
}

static void yard_random(YardState *s, const uint8_t *random, size_t n)
{
    int i;

    corpus_fill(s, sizeof(*s), random, n);
    QLIST_INIT(&s->track);
    QTAILQ_INIT(&s->sidings);
    for (i = 0; i < YARD_WAGONS; i++) {
        s->wagons[i].axles &= 3;
        QLIST_INSERT_HEAD(&s->track, &s->wagons[i], link);
    }
    QTAILQ_INSERT_TAIL(&s->sidings, &s->siding[0], next);
    QTAILQ_INSERT_TAIL(&s->sidings, &s->siding[1], next);
}

CORPUS_CASE_INIT(YardState, yard_save, yard_load, 1, yard_random);
