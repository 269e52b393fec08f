/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The alto processor: registers as wide as the target's long. */
#ifndef CORPUS_TARGET_ALTO_CPU_H
#define CORPUS_TARGET_ALTO_CPU_H

#define NEED_CPU_H

#ifndef TARGET_LONG_BITS
#define TARGET_LONG_BITS 64
#endif

#include "qemu/osdep.h"

#if TARGET_LONG_BITS == 64
typedef uint64_t target_ulong;
typedef int64_t target_long;
#else
typedef uint32_t target_ulong;
typedef int32_t target_long;
#endif

#define CPUState struct CPUAltoState

typedef struct CPUAltoState {
    target_ulong regs[8];
    target_long stack;
    target_ulong pc;
    uint32_t psr;
    int halted;
    struct {
        target_ulong base;
        uint8_t valid;
    } tlb[4];
} CPUAltoState;

#include "hw/hw.h"

#endif
