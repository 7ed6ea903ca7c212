{# How SQL reads plain documents (spec 8.1): texts rewritten step by step into JSON.

   Control characters, which no plain document holds, mark places on the way:
   1 a zoned time, 2 an item of a list, 3 an item of a list in a list. #}

{# The text with every match of a pattern written anew. #}
{% macro rewritten(text, pattern, replacement) -%}
    regexp_replace(
        {{ text }}, '{{ pattern | replace("'", "''") }}', {{ replacement }}, 'g'
    )
{%- endmacro %}

{# A zoned time of five lines becomes one: its `utc`, after anchors that must agree. #}
{% macro with_plain_times(text) -%}
    {{ rewritten(
        text, plain_patterns().zoned_time, "chr(1) || '\\1,\\4\"\\2T\\3Z\"' || chr(10)"
    ) }}
{%- endmacro %}

{# `18:0.123456e4` becomes `"1234.56"`: the text is taken apart at its decimals and put
   together again around their values. #}
{% macro with_plain_decimals(text) -%}
    {%- set decimal = plain_patterns().decimal -%}
    array_to_string(
        list_transform(
            list_zip(
                string_split_regex({{ text }}, '{{ decimal }}'),
                regexp_extract_all({{ text }}, '{{ decimal }}', 1)
            ),
            lambda part: part[1] || coalesce(
                '"' || replace(
                    rtrim(part[2]::decimal(38, 18)::varchar, '0') || '"', '."', '.0"'
                ) || chr(10),
                ''
            )
        ),
        ''
    )
{%- endmacro %}

{# Whether each alias of a time zone comes after its anchor. #}
{% macro has_anchored_zones(text) -%}
    {{ is_anchored_zone(text, 1) }}
    and {{ is_anchored_zone(text, 2) }}
    and {{ is_anchored_zone(text, 3) }}
    and {{ is_anchored_zone(text, 4) }}
{%- endmacro %}

{% macro is_anchored_zone(text, name) -%}
    case
        when not contains({{ text }}, '  zone: *{{ name }}') then true
        else strpos({{ text }}, '  zone: &{{ name }} !ruby/')
            between 1 and strpos({{ text }}, '  zone: *{{ name }}')
    end
{%- endmacro %}

{# The gate. Words that YAML or Ruby take for something else let a document out, too. #}
{% macro is_plain_document(text) -%}
    regexp_full_match(
        {{ text }}, '{{ plain_patterns().document | replace("'", "''") }}'
    )
    and not contains({{ text }}, '"true"')
    and not contains({{ text }}, '"false"')
    and not regexp_matches(
        replace(
            replace({{ text }}, ' true' || chr(10), chr(10)), ' false' || chr(10), chr(10)
        ),
        '{{ plain_patterns().ambiguous_word }}'
    )
{%- endmacro %}

{# Whether a text is a JSON object that needs no normalisation. #}
{% macro is_plain_json(text) -%}
    regexp_full_match(
        {{ text }}, '{{ plain_patterns().json_document | replace("'", "''") }}'
    )
{%- endmacro %}

{# Words, symbols, times and quoted texts become JSON strings; true and false stay. #}
{% macro with_json_strings(text) -%}
    {%- set patterns = plain_patterns() -%}
    {%- set words = rewritten(
        text, patterns.value_start ~ ':?(' ~ patterns.first_letter ~ '.*)$', "'\\1\"\\2\"'"
    ) -%}
    {%- set booleans -%}
        replace(
            replace({{ words }}, '"true"' || chr(10), 'true' || chr(10)),
            '"false"' || chr(10), 'false' || chr(10)
        )
    {%- endset -%}
    {%- set quoted = rewritten(
        booleans, patterns.value_start ~ "'(.*)'$", "'\\1\"\\2\"'"
    ) -%}
    {%- set times = rewritten(
        quoted, '(?m) ([0-9]{4}-[0-9]{2}-[0-9]{2}) ([0-9:.]{18}) Z$', "' \"\\1T\\2Z\"'"
    ) -%}
    {{ rewritten(times, '(?m) ([0-9]{4}-[0-9]{2}-[0-9]{2})$', "' \"\\1\"'") }}
{%- endmacro %}

{# Nothing after a dash is null; the items of a list move to the line of their key. #}
{% macro with_joined_items(text) -%}
    {%- set lone = "chr(10) || '-' || chr(10)" -%}
    {%- set null_item = "chr(10) || '- null' || chr(10)" -%}
    replace(
        replace(
            replace(
                replace(
                    replace({{ text }}, ' -' || chr(10), ' - null' || chr(10)),
                    {{ lone }}, {{ null_item }}
                ),
                {{ lone }}, {{ null_item }}
            ),
            chr(10) || '  - ', chr(3)
        ),
        chr(10) || '- ', chr(2)
    )
{%- endmacro %}

{# Each line, now one entry, becomes a member of one JSON object. #}
{% macro as_json_object(text) -%}
    {%- set nested = rewritten(text, '\\x02- ([^\\x02\\n]*)', "chr(2) || '[\\1]'") -%}
    {%- set nulls -%}
        replace(replace({{ nested }}, chr(3), ','), ':' || chr(10), ': null' || chr(10))
    {%- endset -%}
    {%- set lists = rewritten(
        nulls, '(?m)^([a-z0-9_]+):\\x02(.*)$', "'\"\\1\":[\\2]'"
    ) -%}
    {%- set members = rewritten(lists, '(?m)^([a-z0-9_]+): (.*)$', "'\"\\1\":\\2'") -%}
    {%- set unmarked = rewritten(members, '\\x01[0-9,]*', "''") -%}
    '{'
    || replace(replace(trim({{ unmarked }}, chr(10)), chr(2), ','), chr(10), ',')
    || '}'
{%- endmacro %}
