{% if missing('qemu_file_get_visitor') %}

Visitor *qemu_file_get_visitor(QEMUFile *f)
{
    return f->visitor.current;
}

void qemu_file_set_visitor(QEMUFile *f, Visitor *v)
{
    f->visitor.current = v ? v : &f->visitor.visitor;
}
{% endif %}
{% if missing('qemu_file_get_errp') %}
{% if declaration('error_propagate') %}

void qemu_file_take_visitor_error(QEMUFile *f)
{
    Error *err = f->visitor_error;

    if (!err) {
        return;
    }
    f->visitor_error = NULL;
{% if declaration('qemu_file_set_error_obj') %}
    qemu_file_set_error_obj(f, -EINVAL, err);
{% else %}
    error_report("%s", error_get_pretty(err));
    error_free(err);
{% if declaration('qemu_file_has_error') %}
    qemu_file_set_error(f);
{% else %}
    if (!f->last_error) {
        qemu_file_set_error(f, -EINVAL);
    }
{% endif %}
{% endif %}
}
{% endif %}

Error **qemu_file_get_errp(QEMUFile *f)
{
{% if declaration('error_propagate') %}
    qemu_file_take_visitor_error(f);
{% endif %}
    return &f->visitor_error;
}
{% endif %}
