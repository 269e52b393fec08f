/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fields that every panel has, as a macro that stands in a struct without a semicolon. */
#ifndef CORPUS_HW_PANEL_COMMON_H
#define CORPUS_HW_PANEL_COMMON_H

#include "qemu/osdep.h"

#define PANEL_COMMON                                            \
    uint32_t intr_request;  /* lines that wait for service */   \
    int dimmed;                                                 \
    uint8_t brightness;                                         \
    bool powered;

#define PANEL_REGS(count) uint16_t regs[count];

#endif
