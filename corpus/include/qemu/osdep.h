/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every file of the corpus includes first: the C library and the types without a body. */
#ifndef CORPUS_QEMU_OSDEP_H
#define CORPUS_QEMU_OSDEP_H

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

typedef struct QEMUFile QEMUFile;
typedef struct DeviceState DeviceState;
typedef struct Error Error;

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define MIN(left, right) ((left) < (right) ? (left) : (right))

#define container_of(member_pointer, type, member) \
    ((type *)((char *)(member_pointer) - offsetof(type, member)))

#endif
