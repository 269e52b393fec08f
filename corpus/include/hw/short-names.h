/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Types that are macros. */
#ifndef CORPUS_HW_SHORT_NAMES_H
#define CORPUS_HW_SHORT_NAMES_H

#include "qemu/osdep.h"

#define u8 uint8_t
#define u32 uint32_t
#define u64 uint64_t

#endif
