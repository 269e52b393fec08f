/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Handlers that a class takes, by assignment: the device comes first, the stream second. The call of
 * virtio_save stays, its own body is converted like any helper's.
 */
#include "qemu/osdep.h"
#include "hw/virtio.h"
#include "corpus.h"

typedef struct EchoState {
    VirtIODevice vdev;
    uint32_t delay;
    int taps;
} EchoState;

void virtio_save(VirtIODevice *vdev, QEMUFile *f)
{
    qemu_put_8s(f, &vdev->status);
    qemu_put_byte(f, vdev->isr);
}

int virtio_load(VirtIODevice *vdev, QEMUFile *f, int version_id)
{
    qemu_get_8s(f, &vdev->status);
    vdev->isr = qemu_get_byte(f);
    return version_id == 1 ? 0 : -EINVAL;
}

static void echo_save_device(VirtIODevice *vdev, QEMUFile *f)
{
    EchoState *s = container_of(vdev, EchoState, vdev);

    virtio_save(vdev, f);
    qemu_put_be32(f, s->delay);
    qemu_put_be16(f, s->taps);
}

static int echo_load_device(VirtIODevice *vdev, QEMUFile *f, int version_id)
{
    EchoState *s = container_of(vdev, EchoState, vdev);
    int ret = virtio_load(vdev, f, version_id);

    if (ret != 0) {
        return ret;
    }
    s->delay = qemu_get_be32(f);
    s->taps = qemu_get_be16(f);
    return 0;
}

void echo_class_init(VirtioDeviceClass *k)
{
    k->save = echo_save_device;
    k->load = echo_load_device;
}

static void echo_save(QEMUFile *f, void *opaque)
{
    echo_save_device(&((EchoState *)opaque)->vdev, f);
}

static int echo_load(QEMUFile *f, void *opaque, int version_id)
{
    return echo_load_device(&((EchoState *)opaque)->vdev, f, version_id);
}

CORPUS_CASE(EchoState, echo_save, echo_load, 1);
