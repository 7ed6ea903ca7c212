{# A time that is missing, infinite, or outside the years a BSON date can show. #}
{% macro is_invalid_created_at(column) -%}
    {{ column }} is null
    or not isfinite({{ column }})
    or year({{ column }}) not between 1 and 9999
{%- endmacro %}
