/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What converted code uses beside the Visitor interface itself. */
#ifndef CORPUS_MIGRATION_VISITOR_SUPPORT_H
#define CORPUS_MIGRATION_VISITOR_SUPPORT_H

#include "qapi/visitor.h"

Visitor *qemu_file_get_visitor(QEMUFile *f);
Error **qemu_file_get_errp(QEMUFile *f);

size_t visit_type_buffer(Visitor *v, const char *name, void *p, size_t size, Error **errp);

#ifdef NEED_CPU_H
#if TARGET_LONG_BITS == 64
bool visit_type_uinttl(Visitor *v, const char *name, uint64_t *obj, Error **errp);
bool visit_type_inttl(Visitor *v, const char *name, int64_t *obj, Error **errp);
#else
bool visit_type_uinttl(Visitor *v, const char *name, uint32_t *obj, Error **errp);
bool visit_type_inttl(Visitor *v, const char *name, int32_t *obj, Error **errp);
#endif
#endif

#endif
