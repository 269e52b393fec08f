/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Type names that lead to a fixed width in several steps, and one that depends on the target. */
#ifndef CORPUS_HW_CHAIN_H
#define CORPUS_HW_CHAIN_H

#include "qemu/osdep.h"

typedef uint32_t reg_t;
typedef reg_t BankReg;
typedef BankReg BankArray[4];
typedef unsigned char octet;
typedef int stamp_t;

#ifdef CORPUS_WIDE_BUS
typedef uint64_t bus_addr_t;
#else
typedef uint32_t bus_addr_t;
#endif

#endif
