/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stream primitives in the shape that QEMU declares them: functions for the unsigned widths,
 * inline functions for the signed and the pointer forms, macros for the aliases. Every call in here
 * stands in the definition of a primitive, so all of them stay.
 */
#ifndef CORPUS_HW_HW_H
#define CORPUS_HW_HW_H

#include "qemu/osdep.h"

void qemu_put_buffer(QEMUFile *file, const uint8_t *from, size_t bytes);
void qemu_put_byte(QEMUFile *file, int value);
void qemu_put_be16(QEMUFile *file, unsigned int value);
void qemu_put_be32(QEMUFile *file, unsigned int value);
void qemu_put_be64(QEMUFile *file, uint64_t value);

size_t qemu_get_buffer(QEMUFile *file, uint8_t *to, size_t bytes);
int qemu_get_byte(QEMUFile *file);
unsigned int qemu_get_be16(QEMUFile *file);
unsigned int qemu_get_be32(QEMUFile *file);
uint64_t qemu_get_be64(QEMUFile *file);

int qemu_file_get_error(QEMUFile *file);
void qemu_file_set_error(QEMUFile *file, int error);

#define qemu_put_sbyte qemu_put_byte /* want: plumbing */
#define qemu_get_sbyte qemu_get_byte /* want: plumbing */

static inline void qemu_put_ubyte(QEMUFile *file, unsigned int value)
{
    qemu_put_byte(file, (int)value); /* want: plumbing */
}

static inline unsigned int qemu_get_ubyte(QEMUFile *file)
{
    return (unsigned int)qemu_get_byte(file); /* want: plumbing */
}

static inline void qemu_put_sbe16(QEMUFile *file, int value)
{
    qemu_put_be16(file, (unsigned int)value); /* want: plumbing */
}

static inline int qemu_get_sbe16(QEMUFile *file)
{
    return (int)qemu_get_be16(file); /* want: plumbing */
}

static inline void qemu_put_sbe32(QEMUFile *file, int value)
{
    qemu_put_be32(file, (unsigned int)value); /* want: plumbing */
}

static inline int qemu_get_sbe32(QEMUFile *file)
{
    return (int)qemu_get_be32(file); /* want: plumbing */
}

static inline void qemu_put_sbe64(QEMUFile *file, int64_t value)
{
    qemu_put_be64(file, (uint64_t)value); /* want: plumbing */
}

static inline int64_t qemu_get_sbe64(QEMUFile *file)
{
    return (int64_t)qemu_get_be64(file); /* want: plumbing */
}

static inline void qemu_put_8s(QEMUFile *file, const uint8_t *from)
{
    qemu_put_byte(file, *from); /* want: plumbing */
}

static inline void qemu_get_8s(QEMUFile *file, uint8_t *to)
{
    *to = qemu_get_byte(file); /* want: plumbing */
}

static inline void qemu_put_be16s(QEMUFile *file, const uint16_t *from)
{
    qemu_put_be16(file, *from); /* want: plumbing */
}

static inline void qemu_get_be16s(QEMUFile *file, uint16_t *to)
{
    *to = qemu_get_be16(file); /* want: plumbing */
}

static inline void qemu_put_be32s(QEMUFile *file, const uint32_t *from)
{
    qemu_put_be32(file, *from); /* want: plumbing */
}

static inline void qemu_get_be32s(QEMUFile *file, uint32_t *to)
{
    *to = qemu_get_be32(file); /* want: plumbing */
}

static inline void qemu_put_be64s(QEMUFile *file, const uint64_t *from)
{
    qemu_put_be64(file, *from); /* want: plumbing */
}

static inline void qemu_get_be64s(QEMUFile *file, uint64_t *to)
{
    *to = qemu_get_be64(file); /* want: plumbing */
}

static inline void qemu_put_s8s(QEMUFile *file, const int8_t *from)
{
    qemu_put_byte(file, (uint8_t)*from); /* want: plumbing */
}

static inline void qemu_get_s8s(QEMUFile *file, int8_t *to)
{
    *to = (int8_t)qemu_get_byte(file); /* want: plumbing */
}

static inline void qemu_put_sbe16s(QEMUFile *file, const int16_t *from)
{
    qemu_put_be16(file, (uint16_t)*from); /* want: plumbing */
}

static inline void qemu_get_sbe16s(QEMUFile *file, int16_t *to)
{
    *to = (int16_t)qemu_get_be16(file); /* want: plumbing */
}

static inline void qemu_put_sbe32s(QEMUFile *file, const int32_t *from)
{
    qemu_put_be32(file, (uint32_t)*from); /* want: plumbing */
}

static inline void qemu_get_sbe32s(QEMUFile *file, int32_t *to)
{
    *to = (int32_t)qemu_get_be32(file); /* want: plumbing */
}

static inline void qemu_put_sbe64s(QEMUFile *file, const int64_t *from)
{
    qemu_put_be64(file, (uint64_t)*from); /* want: plumbing */
}

static inline void qemu_get_sbe64s(QEMUFile *file, int64_t *to)
{
    *to = (int64_t)qemu_get_be64(file); /* want: plumbing */
}

static inline void qemu_put_sbuffer(QEMUFile *file, const int8_t *from, size_t bytes)
{
    qemu_put_buffer(file, (const uint8_t *)from, bytes); /* want: plumbing */
}

static inline size_t qemu_get_sbuffer(QEMUFile *file, int8_t *to, size_t bytes)
{
    return qemu_get_buffer(file, (uint8_t *)to, bytes); /* want: plumbing */
}

#ifdef NEED_CPU_H
#if TARGET_LONG_BITS == 64
#define qemu_put_betl qemu_put_be64 /* want: plumbing */
#define qemu_get_betl qemu_get_be64 /* want: plumbing */
#define qemu_put_betls qemu_put_be64s /* want: plumbing */
#define qemu_get_betls qemu_get_be64s /* want: plumbing */
#define qemu_put_sbetl qemu_put_sbe64 /* want: plumbing */
#define qemu_get_sbetl qemu_get_sbe64 /* want: plumbing */
#define qemu_put_sbetls qemu_put_sbe64s /* want: plumbing */
#define qemu_get_sbetls qemu_get_sbe64s /* want: plumbing */
#else
#define qemu_put_betl qemu_put_be32 /* want: plumbing */
#define qemu_get_betl qemu_get_be32 /* want: plumbing */
#define qemu_put_betls qemu_put_be32s /* want: plumbing */
#define qemu_get_betls qemu_get_be32s /* want: plumbing */
#define qemu_put_sbetl qemu_put_sbe32 /* want: plumbing */
#define qemu_get_sbetl qemu_get_sbe32 /* want: plumbing */
#define qemu_put_sbetls qemu_put_sbe32s /* want: plumbing */
#define qemu_get_sbetls qemu_get_sbe32s /* want: plumbing */
#endif
#endif

typedef void SaveStateHandler(QEMUFile *file, void *opaque);
typedef int LoadStateHandler(QEMUFile *file, void *opaque, int version_id);

typedef struct SaveVMHandlers {
    SaveStateHandler *save_state;
    LoadStateHandler *load_state;
} SaveVMHandlers;

int register_savevm(DeviceState *dev, const char *name, int instance, int version,
                    SaveStateHandler *save, LoadStateHandler *load, void *opaque);
int register_savevm_live(const char *name, uint32_t instance, int version,
                         const SaveVMHandlers *handlers, void *opaque);

#endif
