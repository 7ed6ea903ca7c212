{% macro last_value_of(changes, field) %}
    list_transform(
        list_filter({{ changes }}, lambda change: change.field = {{ field }}),
        lambda change: case
            when json_type(change.to) = 'NULL' or change.to is null then change.from
            else change.to
        end
    )[-1]
{% endmacro %}

{% macro new_value_of(changes, field) -%}
    list_transform(
        list_filter({{ changes }}, lambda change: change.field = {{ field }}),
        lambda change: change.to ->> '$'
    )[-1]
{%- endmacro %}

{# Nineteen digits are the longest that can be a bigint; one too great is none. #}
{% macro person_id(value) %}
    try_cast(
        regexp_extract({{ value }}::varchar, '^("?)([0-9]{1,19})("?)$', 2) as bigint
    )
{% endmacro %}
