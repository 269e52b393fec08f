/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STUB_SYS_TYPES_H
#define STUB_SYS_TYPES_H
#include <stdint.h>
#include <stddef.h>
typedef long ssize_t;
typedef long off_t;
typedef long time_t;
typedef unsigned int uint;
typedef unsigned short ushort;
typedef unsigned long ulong;
typedef uint8_t u_int8_t;
typedef uint16_t u_int16_t;
typedef uint32_t u_int32_t;
typedef uint64_t u_int64_t;
typedef unsigned char u_char;
typedef unsigned short u_short;
typedef unsigned int u_int;
typedef unsigned long u_long;
#endif
