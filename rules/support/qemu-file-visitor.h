{% import 'era.inc' as c with context %}
/*
 * Visitors of a migration stream
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef QEMU_FILE_VISITOR_H
#define QEMU_FILE_VISITOR_H

{% if declaration('visit_type_int') %}
#include "{{ header('visit_type_int') }}"

{% elif missing('qemu_file_get_visitor') %}
/* This tree has no other visitors, and nothing that makes an Error. */
typedef struct Visitor Visitor;
typedef struct Error Error;

{% endif %}
{% if missing('qemu_file_get_visitor') %}
/*
 * The visitor of a stream: an input visitor where @f is read, an output
 * visitor where it is written. Its bytes are those of the qemu_get_ and
 * qemu_put_ functions, and it can be used along with them. It is a part of
 * @f: there is nothing to free.
 *
 * As with qemu_get_byte(), input beyond the end of the stream gives 0 and
 * leaves the error with @f; a visit does not report it.
 */
Visitor *qemu_file_get_visitor(QEMUFile *f);

/*
 * Hand the visits of @f to @v, to have the state in another format, or with
 * NULL to the stream again. @v stays the caller's. What does not visit @f but
 * puts or gets goes to the stream, as ever.
 */
void qemu_file_set_visitor(QEMUFile *f, Visitor *v);

{% endif %}
{% if missing('qemu_file_get_errp') %}
{% if declaration('error_propagate') %}
/*
 * Where the visits of @f put an error. It is clear: an error that was put
 * there before is now that of the stream, unless the stream had one already,
 * and qemu_file_{{ 'has' if declaration('qemu_file_has_error') else 'get' }}_error() tells it. The result is the same for each call
 * with the same @f.
 */
{% else %}
/* Where the visits of @f may put an error; nothing in this tree makes one. */
{% endif %}
Error **qemu_file_get_errp(QEMUFile *f);

{% endif %}
{% if missing('visit_type_uint8') %}
/*
 * Integers by their width. A visitor that has no function for a width gets
 * them as type_int, and what it reads must be in the range of the type.
 */
{% for type, name, short, wire in c.integers if not declaration('visit_type_' ~ name) %}
{{ c.prototype(c.returns ~ ' visit_type_' ~ name, type ~ ' *obj') }};
{% endfor %}
{% if not declaration('visit_type_int') %}
{{ c.prototype(c.returns ~ ' visit_type_bool', c.boolean ~ ' *obj') }};
{% endif %}

{% endif %}
{% if missing('visit_type_buffer') %}
/*
 * @size bytes at @obj. Gives how many of them were visited: that is less than
 * @size where an input stream ends early.
 */
{{ c.buffer_prototype(c.count ~ ' visit_type_buffer') }};

{% endif %}
#endif
