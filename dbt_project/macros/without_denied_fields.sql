{# Within a value the scalars of denied fields are cut out of its text. A field in which
   a denied name is left goes as a whole: its value is a list or an object, or the name is
   in disguise. #}
{% macro without_denied_fields(pairs, pattern, keys) -%}
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
        lambda pair: len(list_filter(
            {{ keys }},
            lambda key: contains(
                {{ with_plain_keys("('\"' || pair[1] || '\":' || pair[2]::varchar)") }}, key
            )
        )) = 0
    )
{%- endmacro %}

{# Lower case, letters without their disguise, and neither blanks nor characters without
   width: nobody reads this text, denied names are looked for in it. Of a text with an odd
   letter the keys are enough, and nearly all of those have none. #}
{% macro with_plain_keys(text) -%}
    {%- set unseen = [
        '\\p{Z}\\p{Cf}\\p{Cc}\\x{34f}\\x{115f}\\x{1160}\\x{17b4}\\x{17b5}\\x{180b}-\\x{180f}',
        '\\x{2800}\\x{3164}\\x{fe00}-\\x{fe0f}\\x{ffa0}\\x{e0100}-\\x{e01ef}',
    ] | join -%}
    {%- set odd = [
        '\\x{7f}-\\x{bf}\\x{df}\\x{132}-\\x{133}\\x{17f}\\x{1c4}-\\x{1cc}\\x{1f1}-\\x{1f3}',
        '\\x{2b0}-\\x{36f}\\x{600}-\\x{8ff}\\x{1100}-\\x{11ff}',
        '\\x{1680}-\\x{180f}\\x{1d00}-\\x{1dff}\\x{2000}-\\x{2cff}\\x{3000}-\\x{33ff}',
        '\\x{a700}-\\x{a7ff}\\x{fb00}-\\x{10ffff}',
    ] | join -%}
    {%- set blank = '(?:\\s|\\\\[bfnrt]|\\\\u00..)' -%}
    {%- set keys -%}
        array_to_string(regexp_extract_all(lower({{ text }}), '"(?:[^"\\]|\\.)*":'), '')
    {%- endset -%}
    case
        when not regexp_matches(
            lower({{ text }}), '[{{ odd }}]|{{ blank }}":|(?:^|[{,])"{{ blank }}'
        ) then lower({{ text }})
        when not regexp_matches({{ keys }}, '[{{ odd }}]|{{ blank }}') then {{ keys }}
        else regexp_replace(
            {{ with_plain_letters(keys) }},
            '[\s{{ unseen }}]|\\[bfnrt]|\\u00..', '', 'g'
        )
    end
{%- endmacro %}
