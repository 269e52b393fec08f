/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the devices of this tree include: the types, and the primitives as QEMU declares them. */
#ifndef HW_HW_H
#define HW_HW_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct QEMUFile QEMUFile;
typedef struct QEMUTimer QEMUTimer;
typedef struct DeviceState DeviceState;
typedef struct Error Error;

void qemu_put_buffer(QEMUFile *f, const uint8_t *buf, size_t size);
void qemu_put_byte(QEMUFile *f, int v);
void qemu_put_be16(QEMUFile *f, unsigned int v);
void qemu_put_be32(QEMUFile *f, unsigned int v);
void qemu_put_be64(QEMUFile *f, uint64_t v);
void qemu_put_be16s(QEMUFile *f, const uint16_t *pv);
void qemu_put_be32s(QEMUFile *f, const uint32_t *pv);

size_t qemu_get_buffer(QEMUFile *f, uint8_t *buf, size_t size);
int qemu_get_byte(QEMUFile *f);
unsigned int qemu_get_be16(QEMUFile *f);
unsigned int qemu_get_be32(QEMUFile *f);
uint64_t qemu_get_be64(QEMUFile *f);
void qemu_get_be16s(QEMUFile *f, uint16_t *pv);
void qemu_get_be32s(QEMUFile *f, uint32_t *pv);

typedef void SaveStateHandler(QEMUFile *f, void *opaque);
typedef int LoadStateHandler(QEMUFile *f, void *opaque, int version_id);

int register_savevm(DeviceState *dev, const char *idstr, int instance_id, int version_id,
                    SaveStateHandler *save_state, LoadStateHandler *load_state, void *opaque);

#endif
