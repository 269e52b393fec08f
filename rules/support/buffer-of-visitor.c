{# The function for buffers beside a visitor's function for a byte. #}
{% import 'era.inc' as c with context %}
{% set given = one.given %}


{{ call('static ' ~ c.count ~ ' ' ~ one.new_name, ordered(buffer_order, 'Visitor *' ~ given['Visitor*'], ['void *' ~ given['uint8_t*'], c.size ~ ' size'], 'const char *' ~ given['constchar*'], 'Error **' ~ given['Error**'])) }}
{
{% if one.before %}
{{ one.before }}

{% endif %}
{% for line in body %}
    {{ line }}
{% endfor %}
}
