/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Included before everything else in a converted case, in place of the #include lines that a tree
 * gets. Cases of a target have cpu.h beside them. A target's long is visited as the fixed width it
 * has, so that cases of targets with 32 and with 64 bits fit into one program.
 */
#ifdef CORPUS_TARGET
#include "cpu.h"
#if TARGET_LONG_BITS == 64
#define visit_type_uinttl visit_type_uint64
#define visit_type_inttl visit_type_int64
#else
#define visit_type_uinttl visit_type_uint32
#define visit_type_inttl visit_type_int32
#endif
#endif

#include "migration/visitor-support.h"
