{% macro last_value_of(changes, field) %}
    list_transform(
        list_filter({{ changes }}, lambda change: change.field = {{ field }}),
        lambda change: {{ value_left_by('change') }}
    )[-1]
{% endmacro %}

{% macro value_left_by(change) -%}
    case
        when json_type({{ change }}.to) = 'NULL' or {{ change }}.to is null
            then {{ change }}.from
        else {{ change }}.to
    end
{%- endmacro %}

{% macro new_value_of(changes, field) -%}
    list_transform(
        list_filter({{ changes }}, lambda change: change.field = {{ field }}),
        lambda change: change.to ->> '$'
    )[-1]
{%- endmacro %}
