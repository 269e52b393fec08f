/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Streams, tables and devices of the small tree: what its handlers are written against. */
#ifndef HW_HW_H
#define HW_HW_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct QEMUFile QEMUFile;
typedef struct DeviceState DeviceState;

void qemu_put_byte(QEMUFile *f, int v);
void qemu_put_be16(QEMUFile *f, unsigned int v);
void qemu_put_be32(QEMUFile *f, unsigned int v);
void qemu_put_be64(QEMUFile *f, uint64_t v);
void qemu_put_buffer(QEMUFile *f, const uint8_t *buf, int size);
int qemu_get_byte(QEMUFile *f);
unsigned int qemu_get_be16(QEMUFile *f);
unsigned int qemu_get_be32(QEMUFile *f);
uint64_t qemu_get_be64(QEMUFile *f);
int qemu_get_buffer(QEMUFile *f, uint8_t *buf, int size);

static inline void qemu_put_be32s(QEMUFile *f, const uint32_t *pv)
{
    qemu_put_be32(f, *pv);
}

static inline void qemu_get_be32s(QEMUFile *f, uint32_t *pv)
{
    *pv = qemu_get_be32(f);
}

static inline void qemu_put_be16s(QEMUFile *f, const uint16_t *pv)
{
    qemu_put_be16(f, *pv);
}

static inline void qemu_get_be16s(QEMUFile *f, uint16_t *pv)
{
    *pv = qemu_get_be16(f);
}

typedef struct QEMUTimer {
    uint64_t expire_time;
} QEMUTimer;

QEMUTimer *new_timer(void);
void qemu_put_timer(QEMUFile *f, QEMUTimer *ts);
void qemu_get_timer(QEMUFile *f, QEMUTimer *ts);

/* Functions that handle a section, as old devices have them. */
typedef void SaveStateHandler(QEMUFile *f, void *opaque);
typedef int LoadStateHandler(QEMUFile *f, void *opaque, int version_id);

int register_savevm(DeviceState *dev, const char *idstr, int instance_id,
                    int version_id, SaveStateHandler *save_state,
                    LoadStateHandler *load_state, void *opaque);
void unregister_savevm(DeviceState *dev, const char *idstr, void *opaque);

/* Tables. */
typedef struct VMStateInfo VMStateInfo;
typedef struct VMStateDescription VMStateDescription;

struct VMStateInfo {
    const char *name;
    int (*get)(QEMUFile *f, void *pv, size_t size);
    void (*put)(QEMUFile *f, void *pv, size_t size);
};

enum VMStateFlags {
    VMS_SINGLE = 1, VMS_POINTER = 2, VMS_ARRAY = 4, VMS_STRUCT = 8, VMS_BUFFER = 16,
};

typedef struct VMStateField {
    const char *name;
    const VMStateInfo *info;
    const VMStateDescription *vmsd;
    size_t offset;
    size_t size;
    int num;
    int flags;
    int version_id;
    bool (*field_exists)(void *opaque, int version_id);
} VMStateField;

struct VMStateDescription {
    const char *name;
    int version_id;
    int minimum_version_id;
    void (*pre_save)(void *opaque);
    int (*post_load)(void *opaque, int version_id);
    VMStateField *fields;
};

extern const VMStateInfo vmstate_info_bool, vmstate_info_int8, vmstate_info_int16,
    vmstate_info_int32, vmstate_info_int64, vmstate_info_uint8,
    vmstate_info_uint16, vmstate_info_uint32, vmstate_info_uint64,
    vmstate_info_uint32_equal, vmstate_info_timer, vmstate_info_buffer, vmstate_info_unused_buffer;

/* An offset, and an error where the member is not just what a macro is for. */
#define member_of(s, f) __typeof__(((s *)0)->f)
#define offset_of_value(s, f, t) (offsetof(s, f) + ((t *)0 - (member_of(s, f) *)0))
#define offset_of_array(s, f, t, n) \
    (offsetof(s, f) + ((t(*)[n])0 - (member_of(s, f) *)0))
#define offset_of_part(s, f, t, n) \
    (offsetof(s, f[n]) + ((t *)0 - (member_of(s, f[0]) *)0))

#define VMSTATE_SINGLE(_f, _s, _v, _info, _type) { \
    .name = #_f, .version_id = (_v), .size = sizeof(_type), .info = &(_info), \
    .flags = VMS_SINGLE, .offset = offset_of_value(_s, _f, _type) }
#define VMSTATE_ARRAY(_f, _s, _n, _v, _info, _type) { \
    .name = #_f, .version_id = (_v), .size = sizeof(_type), .info = &(_info), \
    .num = (_n), .flags = VMS_ARRAY, .offset = offset_of_array(_s, _f, _type, _n) }
#define VMSTATE_SUB_ARRAY(_f, _s, _start, _n, _v, _info, _type) { \
    .name = #_f, .version_id = (_v), .size = sizeof(_type), .info = &(_info), \
    .num = (_n), .flags = VMS_ARRAY, .offset = offset_of_part(_s, _f, _type, _start) }
#define VMSTATE_STRUCT(_f, _s, _v, _vmsd, _type) { \
    .name = #_f, .version_id = (_v), .vmsd = &(_vmsd), .size = sizeof(_type), \
    .flags = VMS_STRUCT, .offset = offset_of_value(_s, _f, _type) }
#define VMSTATE_STRUCT_ARRAY(_f, _s, _n, _v, _vmsd, _type) { \
    .name = #_f, .version_id = (_v), .size = sizeof(_type), .vmsd = &(_vmsd), \
    .num = (_n), .flags = VMS_STRUCT | VMS_ARRAY, \
    .offset = offset_of_array(_s, _f, _type, _n) }
#define VMSTATE_TIMER_V(_f, _s, _v) { \
    .name = #_f, .version_id = (_v), .size = sizeof(QEMUTimer *), \
    .info = &vmstate_info_timer, .flags = VMS_SINGLE | VMS_POINTER, \
    .offset = offset_of_value(_s, _f, QEMUTimer *) }
#define VMSTATE_BUFFER_V(_f, _s, _v) { \
    .name = #_f, .version_id = (_v), .size = sizeof(member_of(_s, _f)), \
    .info = &vmstate_info_buffer, .flags = VMS_BUFFER, \
    .offset = offset_of_array(_s, _f, uint8_t, sizeof(member_of(_s, _f))) }
#define VMSTATE_PARTIAL_BUFFER(_f, _s, _size) { \
    .name = #_f, .size = (_size), .info = &vmstate_info_buffer, \
    .flags = VMS_BUFFER, \
    .offset = offset_of_array(_s, _f, uint8_t, sizeof(member_of(_s, _f))) }
#define VMSTATE_UNUSED_V(_v, _size) { \
    .name = "unused", .version_id = (_v), .size = (_size), \
    .info = &vmstate_info_unused_buffer, .flags = VMS_BUFFER }
#define VMSTATE_UNUSED(_size) VMSTATE_UNUSED_V(0, _size)
#define VMSTATE_TIMER(_f, _s) VMSTATE_TIMER_V(_f, _s, 0)
#define VMSTATE_BUFFER(_f, _s) VMSTATE_BUFFER_V(_f, _s, 0)

#define VMSTATE_BOOL_V(_f, _s, _v) VMSTATE_SINGLE(_f, _s, _v, vmstate_info_bool, bool)
#define VMSTATE_INT8_V(_f, _s, _v) VMSTATE_SINGLE(_f, _s, _v, vmstate_info_int8, int8_t)
#define VMSTATE_INT16_V(_f, _s, _v) VMSTATE_SINGLE(_f, _s, _v, vmstate_info_int16, int16_t)
#define VMSTATE_INT32_V(_f, _s, _v) VMSTATE_SINGLE(_f, _s, _v, vmstate_info_int32, int32_t)
#define VMSTATE_INT64_V(_f, _s, _v) VMSTATE_SINGLE(_f, _s, _v, vmstate_info_int64, int64_t)
#define VMSTATE_UINT8_V(_f, _s, _v) VMSTATE_SINGLE(_f, _s, _v, vmstate_info_uint8, uint8_t)
#define VMSTATE_UINT16_V(_f, _s, _v) \
    VMSTATE_SINGLE(_f, _s, _v, vmstate_info_uint16, uint16_t)
#define VMSTATE_UINT32_V(_f, _s, _v) \
    VMSTATE_SINGLE(_f, _s, _v, vmstate_info_uint32, uint32_t)
#define VMSTATE_UINT64_V(_f, _s, _v) \
    VMSTATE_SINGLE(_f, _s, _v, vmstate_info_uint64, uint64_t)
#define VMSTATE_BOOL(_f, _s) VMSTATE_BOOL_V(_f, _s, 0)
#define VMSTATE_INT8(_f, _s) VMSTATE_INT8_V(_f, _s, 0)
#define VMSTATE_INT16(_f, _s) VMSTATE_INT16_V(_f, _s, 0)
#define VMSTATE_INT32(_f, _s) VMSTATE_INT32_V(_f, _s, 0)
#define VMSTATE_INT64(_f, _s) VMSTATE_INT64_V(_f, _s, 0)
#define VMSTATE_UINT8(_f, _s) VMSTATE_UINT8_V(_f, _s, 0)
#define VMSTATE_UINT16(_f, _s) VMSTATE_UINT16_V(_f, _s, 0)
#define VMSTATE_UINT32(_f, _s) VMSTATE_UINT32_V(_f, _s, 0)
#define VMSTATE_UINT64(_f, _s) VMSTATE_UINT64_V(_f, _s, 0)

#define VMSTATE_UINT32_EQUAL(_f, _s) \
    VMSTATE_SINGLE(_f, _s, 0, vmstate_info_uint32_equal, uint32_t)

#define VMSTATE_INT16_ARRAY(_f, _s, _n) \
    VMSTATE_ARRAY(_f, _s, _n, 0, vmstate_info_int16, int16_t)
#define VMSTATE_INT32_ARRAY(_f, _s, _n) \
    VMSTATE_ARRAY(_f, _s, _n, 0, vmstate_info_int32, int32_t)
#define VMSTATE_UINT8_ARRAY(_f, _s, _n) \
    VMSTATE_ARRAY(_f, _s, _n, 0, vmstate_info_uint8, uint8_t)
#define VMSTATE_UINT16_ARRAY(_f, _s, _n) \
    VMSTATE_ARRAY(_f, _s, _n, 0, vmstate_info_uint16, uint16_t)
#define VMSTATE_UINT32_ARRAY_V(_f, _s, _n, _v) \
    VMSTATE_ARRAY(_f, _s, _n, _v, vmstate_info_uint32, uint32_t)
#define VMSTATE_UINT32_ARRAY(_f, _s, _n) VMSTATE_UINT32_ARRAY_V(_f, _s, _n, 0)
#define VMSTATE_UINT32_SUB_ARRAY(_f, _s, _start, _n) \
    VMSTATE_SUB_ARRAY(_f, _s, _start, _n, 0, vmstate_info_uint32, uint32_t)
#define VMSTATE_END_OF_LIST() {}

void vmstate_save_state(QEMUFile *f, const VMStateDescription *vmsd, void *opaque);
int vmstate_load_state(QEMUFile *f, const VMStateDescription *vmsd, void *opaque,
                       int version_id);
int vmstate_register(DeviceState *dev, int instance_id,
                     const VMStateDescription *vmsd, void *opaque);
void vmstate_unregister(DeviceState *dev, const VMStateDescription *vmsd, void *opaque);

/*
 * A device's state of `size` bytes. It is filled at random; `settle` then sets what can't be any
 * bytes, its pointers, and with `hide` clears them, so that states can be compared.
 */
void *new_state(size_t size, void (*settle)(void *state, bool hide));

/* Something that a device does to the machine; what is done in which order is noted. */
void signal_line(const char *line, int level);

#define device_init(function) \
    static void __attribute__((constructor)) start_##function(void) { function(); }

#endif
