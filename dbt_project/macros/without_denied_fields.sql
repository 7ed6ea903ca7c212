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

{# Lower case, ASCII for full-width letters, and neither blanks nor characters without
   width: nobody reads this text, denied names are looked for in it. Nearly every text is
   in lower case only, since the one test of the disguise is cheap. #}
{% macro with_plain_keys(text) -%}
    {%- set unseen = [
        '\\x{ad}\\x{a0}\\x{2000}-\\x{200f}\\x{202a}-\\x{202e}',
        '\\x{2060}-\\x{2064}\\x{3000}\\x{fe00}-\\x{fe0f}\\x{feff}',
    ] | join -%}
    {%- set blank = '(?:\\s|\\\\[bfnrt]|\\\\u00..)' -%}
    case
        when not regexp_matches(
            lower({{ text }}),
            '[{{ unseen }}\x{ff10}-\x{ff5a}]|{{ blank }}":|(?:^|[{,])"{{ blank }}'
        ) then lower({{ text }})
        else regexp_replace(
            translate(
                lower({{ text }}),
                'ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ０１２３４５６７８９＿',
                'abcdefghijklmnopqrstuvwxyz0123456789_'
            ),
            '[\s{{ unseen }}]|\\[bfnrt]|\\u00..', '', 'g'
        )
    end
{%- endmacro %}
