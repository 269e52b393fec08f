{% import 'era.inc' as c with context %}
{% set tree = declaration('visit_type_int') %}
{% set value = 'true' if c.returns == 'bool' else '' %}
/*
 * Visitors of a migration stream
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
{# From 2.6 on, osdep.h is what every file includes first. #}
{% if dialect.order[1] == 'name' %}
#include "qemu/osdep.h"
{% elif exists('qemu-common.h') or exists('include/qemu-common.h') %}
#include "qemu-common.h"
{% endif %}
#include "{{ header('qemu_put_be32') }}"
{% if tree %}
#include "{{ header('error_propagate') }}"
{% if missing('visit_type_uint8') %}
#include "qerror.h"
{% endif %}
{% endif %}
#include "{{ file('impl') }}"

{% if missing('qemu_file_get_visitor') %}
static QEMUFile *stream_of(Visitor *v)
{
    return ((QEMUFileVisitor *)v)->file;
}

{% for type, name, short, wire in c.integers %}
{{ c.prototype('static ' ~ c.returns ~ ' qemu_file_output_' ~ name, type ~ ' *obj') }}
{
    qemu_put_{{ wire }}(stream_of(v), {{ '' if name.startswith('u') or wire == 'byte' else '(u' ~ type ~ ')' }}*obj);
{% if value %}
    return {{ value }};
{% endif %}
}

{% endfor %}
{{ c.prototype('static ' ~ c.returns ~ ' qemu_file_output_bool', c.boolean ~ ' *obj') }}
{
    qemu_put_byte(stream_of(v), *obj);
{% if value %}
    return {{ value }};
{% endif %}
}

{{ c.buffer_prototype('static ' ~ c.count ~ ' qemu_file_output_buffer') }}
{
    qemu_put_buffer(stream_of(v), obj, size);
    return size;
}

/* What the stream does not hold is read as 0, so *obj is written always. */
{% for type, name, short, wire in c.integers %}
{{ c.prototype('static ' ~ c.returns ~ ' qemu_file_input_' ~ name, type ~ ' *obj') }}
{
    *obj = qemu_get_{{ wire }}(stream_of(v));
{% if value %}
    return {{ value }};
{% endif %}
}

{% endfor %}
{{ c.prototype('static ' ~ c.returns ~ ' qemu_file_input_bool', c.boolean ~ ' *obj') }}
{
    *obj = qemu_get_byte(stream_of(v)) != 0;
{% if value %}
    return {{ value }};
{% endif %}
}

{{ c.buffer_prototype('static ' ~ c.count ~ ' qemu_file_input_buffer') }}
{
    return qemu_get_buffer(stream_of(v), obj, size);
}
{% if declaration('visit_free') %}

static void qemu_file_visitor_complete(Visitor *v, void *opaque)
{
}

/* The visitor goes with its stream. */
static void qemu_file_visitor_free(Visitor *v)
{
}
{% endif %}

/* These only visit what a stream can hold: no structs, lists or strings. */
{% for direction in ['output', 'input'] %}
static const Visitor qemu_file_{{ direction }}_visitor = {
{% if declaration('visit_free') %}
    .type = VISITOR_{{ direction | upper }},
    .complete = qemu_file_visitor_complete,
    .free = qemu_file_visitor_free,
{% endif %}
{% if declaration('type_int') %}
    .type_int = qemu_file_{{ direction }}_int64,
{% endif %}
{% for type, name, short, wire in c.integers %}
    .type_{{ name }} = qemu_file_{{ direction }}_{{ name }},
{% endfor %}
    .type_bool = qemu_file_{{ direction }}_bool,
    .type_buffer = qemu_file_{{ direction }}_buffer,
};

{% endfor %}
void qemu_file_visitor_init(QEMUFileVisitor *v, QEMUFile *f, int output)
{
    v->visitor = output ? qemu_file_output_visitor : qemu_file_input_visitor;
    v->file = f;
    v->current = &v->visitor;
}
{% endif %}
{% if missing('visit_type_uint8') %}
{% for type, name, short, wire in c.integers if not declaration('visit_type_' ~ name) %}

{{ c.prototype(c.returns ~ ' visit_type_' ~ name, type ~ ' *obj') }}
{
{% if tree and not type.endswith('64_t') %}
    int64_t value;

    if (v->type_{{ name }}) {
{{ c.passed('        v->type_' ~ name) }};
        return;
    }
    value = *obj;
{{ c.passed('    visit_type_int', '&value') }};
    if (value != ({{ type }})value) {
        error_set(errp, QERR_INVALID_PARAMETER_VALUE, name ? name : "",
                  "{{ type }}");
        return;
    }
    *obj = value;
{% elif tree %}
    if (v->type_{{ name }}) {
{{ c.passed('        v->type_' ~ name) }};
    } else {
{{ c.passed('        visit_type_int', '(int64_t *)obj') }};
    }
{% else %}
{{ c.passed('    v->type_' ~ name) }};
{% endif %}
}
{% endfor %}
{% if not tree %}

{# Where it is a macro as well, that is not meant here. #}
{{ c.prototype(c.returns ~ (' (visit_type_bool)' if rfc else ' visit_type_bool'), c.boolean ~ ' *obj') }}
{
{{ c.passed('    v->type_bool') }};
}
{% endif %}
{% endif %}
{% if missing('visit_type_buffer') %}

{{ c.buffer_prototype(c.count ~ ' visit_type_buffer') }}
{
{% if tree %}
    uint8_t *bytes = obj;
    {{ c.size }} i;

    if (v->type_buffer) {
{{ c.buffer_passed('        return v->type_buffer') }};
    }
    for (i = 0; i < size; i++) {
        Error *err = NULL;

{{ c.passed('        visit_type_uint8', '&bytes[i]', '&err') }};
        if (err) {
            error_propagate(errp, err);
            return i;
        }
    }
    return size;
{% else %}
{{ c.buffer_passed('    return v->type_buffer') }};
{% endif %}
}
{% endif %}
