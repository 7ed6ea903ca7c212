{# The JSON value that a change leaves: the new one, the old one when the new is null.
   Of repeated fields the last counts; null when the field is not among the changes. #}
{% macro last_value_of(changes, field) %}
    list_transform(
        list_filter({{ changes }}, lambda change: change.field = {{ field }}),
        lambda change: case
            when json_type(change.to) = 'NULL' or change.to is null then change.from
            else change.to
        end
    )[-1]
{% endmacro %}

{# The new value of a field as text; null when the field is not among the changes. #}
{% macro new_value_of(changes, field) -%}
    list_transform(
        list_filter({{ changes }}, lambda change: change.field = {{ field }}),
        lambda change: change.to ->> '$'
    )[-1]
{%- endmacro %}

{# A person id out of a JSON value: an integer or a string of digits; else null. #}
{% macro person_id(value) %}
    try_cast(
        regexp_extract({{ value }}::varchar, '^("?)([0-9]{1,19})("?)$', 2) as bigint
    )
{% endmacro %}

{# The Rails foreign key of a class: CrmDeal -> crm_deal_id. #}
{% macro foreign_key(class_name) %}
    lower(regexp_replace({{ class_name }}, '([a-z0-9])([A-Z])', '\1_\2', 'g')) || '_id'
{% endmacro %}
