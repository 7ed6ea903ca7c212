{# The years 1 to 9999 are what every reader of MongoDB's dates can show. #}
{% macro is_invalid_created_at(column) -%}
    {{ column }} is null
    or not isfinite({{ column }})
    or year({{ column }}) not between 1 and 9999
{%- endmacro %}
