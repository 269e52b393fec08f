/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VMStateInfo as it is today: the field goes in, and a put gets a description to fill. */
#ifndef CORPUS_MIGRATION_VMSTATE_H
#define CORPUS_MIGRATION_VMSTATE_H

#include "hw/hw.h"

typedef struct VMStateField VMStateField;
typedef struct JSONWriter JSONWriter;

typedef struct VMStateInfo {
    const char *name;
    int (*get)(QEMUFile *file, void *pv, size_t size, const VMStateField *field);
    int (*put)(QEMUFile *file, void *pv, size_t size, const VMStateField *field,
               JSONWriter *vmdesc);
} VMStateInfo;

struct VMStateField {
    const char *name;
    const VMStateInfo *info;
    size_t offset;
    size_t size;
};

#endif
