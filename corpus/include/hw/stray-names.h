/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The same names with other meanings. Nothing includes this header, so nobody may believe it. */
#ifndef CORPUS_HW_STRAY_NAMES_H
#define CORPUS_HW_STRAY_NAMES_H

#include "qemu/osdep.h"

typedef uint16_t u8;
typedef uint64_t u32;
typedef uint32_t u64;

#endif
