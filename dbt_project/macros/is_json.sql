{# DuckDB also takes trailing commas, NaN and infinities; they are looked for outside of
   strings. #}
{% macro is_json(text) -%}
    json_valid({{ text }})
    and not regexp_matches(
        regexp_replace({{ text }}, '"([^"\\]|\\.)*"', '""', 'g'),
        '(?i),\s*[}\]]|nan|inf'
    )
{%- endmacro %}
