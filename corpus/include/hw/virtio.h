/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device class whose handlers get the device first and the stream second. */
#ifndef CORPUS_HW_VIRTIO_H
#define CORPUS_HW_VIRTIO_H

#include "hw/hw.h"

typedef struct VirtIODevice {
    uint8_t status;
    uint8_t isr;
} VirtIODevice;

typedef struct VirtioDeviceClass {
    void (*save)(VirtIODevice *vdev, QEMUFile *f);
    int (*load)(VirtIODevice *vdev, QEMUFile *f, int version_id);
} VirtioDeviceClass;

void virtio_save(VirtIODevice *vdev, QEMUFile *f);
int virtio_load(VirtIODevice *vdev, QEMUFile *f, int version_id);

#endif
