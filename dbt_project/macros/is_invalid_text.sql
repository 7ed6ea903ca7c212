{# A NUL stands where a text was not UTF-8: no text of PostgreSQL has one. #}
{% macro is_invalid_text(columns) -%}
    ({% for column in columns -%}
        coalesce(starts_with({{ column }}, chr(0)), false)
        {%- if not loop.last %} or {% endif -%}
    {%- endfor %})
{%- endmacro %}
