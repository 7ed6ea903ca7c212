{# Within a value the scalars of denied fields are cut out of its text; a value in which
   one is left, because it is a list or an object, goes as a whole. #}
{% macro without_denied_fields(pairs, pattern) -%}
    {%- set scalar = '(?:"(?:[^"\\\\]|\\\\.)*"|[^,{}\\[\\]"]+)' -%}
    list_filter(
        list_transform(
            {{ pairs }},
            lambda pair: row(
                pair[1],
                regexp_replace(
                    regexp_replace(
                        pair[2]::varchar, ',' || {{ pattern }} || '{{ scalar }}', '', 'g'
                    ),
                    {{ pattern }} || '{{ scalar }},?', '', 'g'
                )::json
            )
        ),
        lambda pair: not regexp_matches(
            '"' || pair[1] || '":' || pair[2]::varchar, {{ pattern }}
        )
    )
{%- endmacro %}
