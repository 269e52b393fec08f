{% import 'era.inc' as c with context %}
{% import 'qobject.inc' as q with context %}
{% set glib = not declaration('qemu_mallocz') %}
/*
 * The state of a device as a QObject
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
{% if dialect.order[1] == 'name' %}
#include "qemu/osdep.h"
{% else %}
{% if exists('qemu-common.h') or exists('include/qemu-common.h') %}
#include "qemu-common.h"
{% endif %}
#include <assert.h>
{% endif %}
#include "{{ file(q.prefix ~ '_header') }}"
#include "{{ file('impl') }}"

/*
 * Visits of a stream, for the tree's own visitor of QObjects. That one wants
 * different names in an object and none in a list, so each value is put into
 * an object of its own. It does not fail.
 */
typedef struct VisitList {
    Visitor visitor;
    Visitor *output;
{% if q.has_result %}
    QObject *result;
{% else %}
    QmpOutputVisitor *owner;
{% endif %}
} VisitList;

static Visitor *start_visit(Visitor *v)
{
    Visitor *output = ((VisitList *)v)->output;

    visit_start_struct{{ q.start_struct }};
    return output;
}

static void end_visit(Visitor *output)
{
    visit_end_struct{{ q.end_struct }};
}

{% set done = 'return ' if c.returns == 'bool' else '' %}
{% for kind, type in [('uint64', 'uint64_t'), ('int64', 'int64_t'), ('bool', c.boolean)] %}
{{ call('static ' ~ c.returns ~ ' visit_one_' ~ kind,
        ['Visitor *v', 'const char *name', type ~ ' value', 'Error **errp']) }}
{
    Visitor *output = start_visit(v);

{{ q.visit(kind, '&value') }}
    end_visit(output);
{% if c.returns == 'bool' %}
    return true;
{% endif %}
}

{% endfor %}
{% for type, name, short, wire in c.integers %}
{{ c.prototype('static ' ~ c.returns ~ ' visit_list_' ~ name, type ~ ' *obj') }}
{
    {{ done }}visit_one_{{ 'uint64' if name.startswith('u') else 'int64' }}(v, name, *obj, errp);
}

{% endfor %}
{{ c.prototype('static ' ~ c.returns ~ ' visit_list_bool', c.boolean ~ ' *obj') }}
{
    {{ done }}visit_one_bool(v, name, *obj, errp);
}

{{ c.buffer_prototype('static ' ~ c.count ~ ' visit_list_buffer') }}
{
    Visitor *output = start_visit(v);
    const uint8_t *bytes = obj;
    char *digits = {{ 'g_malloc' if glib else 'qemu_malloc' }}(2 * size + 1);
    {{ c.size }} i;

    *digits = 0;
    for (i = 0; i < size; i++) {
        snprintf(digits + 2 * i, 3, "%02x", bytes[i]);
    }
{{ q.visit('str', '&digits') }}
    {{ 'g_free' if glib else 'qemu_free' }}(digits);
    end_visit(output);
    return size;
}

static const Visitor visit_list_visitor = {
{% if declaration('visit_free') %}
    .type = VISITOR_OUTPUT,
{% endif %}
{% if declaration('type_int') %}
    .type_int = visit_list_int64,
{% endif %}
{% for type, name, short, wire in c.integers %}
    .type_{{ name }} = visit_list_{{ name }},
{% endfor %}
    .type_bool = visit_list_bool,
    .type_buffer = visit_list_buffer,
};

void qemu_file_start_qobject(QEMUFile *f)
{
    VisitList *list = {{ 'g_malloc0' if glib else 'qemu_mallocz' }}(sizeof(*list));

    list->visitor = visit_list_visitor;
{% if q.has_result %}
    list->output = {{ q.constructor }}(&list->result);
{% else %}
    list->owner = {{ q.constructor }}();
    list->output = qmp_output_get_visitor(list->owner);
{% endif %}
    visit_start_list{{ q.start_list }};
    qemu_file_set_visitor(f, &list->visitor);
}

QObject *qemu_file_end_qobject(QEMUFile *f)
{
    VisitList *list = (VisitList *)qemu_file_get_visitor(f);
    QObject *result;

    assert(list->visitor.type_buffer == visit_list_buffer);
    visit_end_list{{ q.end_list }};
{% if q.has_result %}
    visit_complete(list->output, &list->result);
    result = list->result;
    visit_free(list->output);
{% else %}
    result = qmp_output_get_qobject(list->owner);
    qmp_output_visitor_cleanup(list->owner);
{% endif %}
    {{ 'g_free' if glib else 'qemu_free' }}(list);
    qemu_file_set_visitor(f, NULL);
    return result;
}
