{% macro join_action(linked_type, audit_action) -%}
    case
        when {{ linked_type }} is null then null
        when {{ audit_action }} = 'create' then 'link'
        when {{ audit_action }} = 'destroy' then 'unlink'
    end
{%- endmacro %}
