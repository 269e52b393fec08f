{% import 'era.inc' as c with context %}
/*
 * Visits as the proposal of July 2011 spelled them
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QEMU_FILE_VISITOR_RFC_H
#define QEMU_FILE_VISITOR_RFC_H

#include "{{ file('header') }}"

{% for type, name, short, wire in c.integers %}
{{ c.alias('visit_type_' ~ short, 'visit_type_' ~ name) }}
{% endfor %}
{{ c.alias('visit_type_utl', 'visit_type_uinttl') }}
{{ c.alias('visit_type_stl', 'visit_type_inttl') }}
{% if dialect.order[1] != 'name' %}

/* visit_type_bool() in either order: the name is what is a string. */
#define QEMU_VISIT_IS_NAME(x) \
    (__builtin_types_compatible_p(__typeof__(&*(x)), char *) || \
     __builtin_types_compatible_p(__typeof__(&*(x)), const char *))
#define QEMU_VISIT_NAME(a, b) \
    ((const char *)__builtin_choose_expr(QEMU_VISIT_IS_NAME(a), (a), (b)))
#define QEMU_VISIT_OBJECT(a, b) \
    __builtin_choose_expr(QEMU_VISIT_IS_NAME(a), (b), (a))
#define visit_type_bool(v, a, b, errp) \
    (visit_type_bool)(v, QEMU_VISIT_OBJECT(a, b), QEMU_VISIT_NAME(a, b), errp)
{% endif %}

#endif
