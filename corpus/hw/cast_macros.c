/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state behind casts: container_of, an upcast macro, an object's own cast macro, a plain cast, a
 * function that returns it. The field's type is found through each of them.
 */
#include "qemu/osdep.h"
#include "hw/hw.h"
#include "hw/qdev.h"
#include "corpus.h"

#define SCREW(object) OBJECT_CHECK(ScrewState, (object), "screw")

typedef struct ScrewState {
    uint32_t pitch;
    DeviceState dev;
    uint16_t turns;
    int seat;
    uint8_t head;
    int32_t lead;
} ScrewState;

static ScrewState *screw_of(void *opaque)
{
    return opaque;
}

static void screw_save(QEMUFile *f, void *opaque)
{
    DeviceState *dev = &screw_of(opaque)->dev;

    qemu_put_be32(f, dev->flags);
    qemu_put_be32(f, container_of(dev, ScrewState, dev)->pitch);
    qemu_put_be16(f, DO_UPCAST(ScrewState, dev, dev)->turns);
    qemu_put_be32(f, ((ScrewState *)opaque)->seat);
    qemu_put_byte(f, SCREW(opaque)->head);
    qemu_put_sbe32(f, screw_of(opaque)->lead);
}

static int screw_load(QEMUFile *f, void *opaque, int version_id)
{
    DeviceState *dev = &screw_of(opaque)->dev;

    if (version_id != 1) {
        return -EINVAL;
    }
    dev->flags = qemu_get_be32(f);
    container_of(dev, ScrewState, dev)->pitch = qemu_get_be32(f);
    DO_UPCAST(ScrewState, dev, dev)->turns = qemu_get_be16(f);
    ((ScrewState *)opaque)->seat = qemu_get_be32(f);
    SCREW(opaque)->head = qemu_get_byte(f);
    screw_of(opaque)->lead = qemu_get_sbe32(f);
    return 0;
}

void screw_init(ScrewState *s)
{
    register_savevm(NULL, "screw", 0, 1, screw_save, screw_load, s);
}

CORPUS_CASE(ScrewState, screw_save, screw_load, 1);
