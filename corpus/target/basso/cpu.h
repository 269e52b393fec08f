/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The basso processor: the same names as in alto, with other types. */
#ifndef CORPUS_TARGET_BASSO_CPU_H
#define CORPUS_TARGET_BASSO_CPU_H

#define NEED_CPU_H

#define TARGET_LONG_BITS 32

#include "qemu/osdep.h"

typedef uint32_t target_ulong;
typedef int32_t target_long;

#define CPUState struct CPUBassoState

typedef struct CPUBassoState {
    uint16_t regs[8];
    int64_t stack;
    target_ulong pc;
    uint64_t psr;
    bool halted;
} CPUBassoState;

#include "hw/hw.h"

#endif
