/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VMStateInfo as it was first: three arguments, and a put that returns nothing. */
#ifndef CORPUS_HW_VMSTATE_V1_H
#define CORPUS_HW_VMSTATE_V1_H

#include "hw/hw.h"

typedef struct VMStateInfo {
    const char *name;
    int (*get)(QEMUFile *file, void *pv, size_t size);
    void (*put)(QEMUFile *file, void *pv, size_t size);
} VMStateInfo;

#endif
