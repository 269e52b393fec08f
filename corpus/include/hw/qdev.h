/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices as objects: a base struct, and cast macros from it to what embeds it. */
#ifndef CORPUS_HW_QDEV_H
#define CORPUS_HW_QDEV_H

#include "qemu/osdep.h"

struct DeviceState {
    uint32_t flags;
};

#define OBJECT_CHECK(type, object, name) ((type *)(void *)(object))
#define DO_UPCAST(type, member, device) container_of(device, type, member)

#endif
