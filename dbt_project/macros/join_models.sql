{% macro foreign_key(class_name) %}
    lower(regexp_replace({{ class_name }}, '([a-z0-9])([A-Z])', '\1_\2', 'g')) || '_id'
{% endmacro %}

{% macro join_action(linked_type, audit_action) -%}
    case
        when {{ linked_type }} is null then null
        when {{ audit_action }} = 'create' then 'link'
        when {{ audit_action }} = 'destroy' then 'unlink'
    end
{%- endmacro %}
