{% import 'era.inc' as c with context %}
/*
 * Visitors of a migration stream: what the stream's own code needs
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QEMU_FILE_VISITOR_IMPL_H
#define QEMU_FILE_VISITOR_IMPL_H

{% if declaration('type_str') %}
#include "{{ header('type_str') }}"
{% endif %}
#include "{{ file('header') }}"

{% if not declaration('visit_type_int') and missing('qemu_file_get_visitor') %}
struct Visitor {
{% for type, name, short, wire in c.integers %}
    {{ c.slot(type, name) | indent(4) }}
{% endfor %}
    {{ c.slot(c.boolean, 'bool') | indent(4) }}
    {{ c.buffer_slot() | indent(4) }}
};

{% endif %}
{% if missing('qemu_file_get_visitor') %}
/* A visitor of integers, booleans and buffers that is a part of its stream. */
typedef struct QEMUFileVisitor {
    Visitor visitor;
    QEMUFile *file;
    /* What visits the stream: @visitor, or another that took its place. */
    Visitor *current;
} QEMUFileVisitor;

/* Make @v visit @f, which is an @output stream or else an input stream. */
void qemu_file_visitor_init(QEMUFileVisitor *v, QEMUFile *f, int output);

{% endif %}
{% if missing('qemu_file_get_errp') and declaration('error_propagate') %}
/* Make the error that a visitor of @f reported, if any, that of the stream. */
void qemu_file_take_visitor_error(QEMUFile *f);

{% endif %}
#endif
