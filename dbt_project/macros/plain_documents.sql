{# How SQL reads plain documents (spec 8.1): texts rewritten step by step into JSON.

   Control characters, which no plain document holds, mark places on the way:
   1 a zoned time, 2 an item of a list, 3 an item of a list in a list, 4 a member of a
   map in a map or list, 5 the first one of a map in a list. #}

{# The text with every match of a pattern written anew. #}
{% macro rewritten(text, pattern, replacement) -%}
    regexp_replace(
        {{ text }}, '{{ pattern | replace("'", "''") }}', {{ replacement }}, 'g'
    )
{%- endmacro %}

{# A zoned time of five lines becomes one: its `utc`, after anchors that must agree. #}
{% macro with_plain_times(text) -%}
    case
        when contains({{ text }}, chr(1)) then null
        when not contains({{ text }}, 'TimeWithZone') then {{ text }}
        when {{ has_anchored_zones(text) }} then {{ rewritten(
            text,
            plain_patterns().zoned_time,
            "chr(1) || '\\1,\\4\"\\2T\\3Z\"' || chr(10)"
        ) }}
    end
{%- endmacro %}

{# `18:0.123456e4` becomes `"1234.56"`: the text is taken apart at its decimals and put
   together again around their values. #}
{% macro with_plain_decimals(text) -%}
    {%- set decimal = plain_patterns().decimal -%}
    case
        when not contains({{ text }}, 'BigDecimal') then {{ text }}
        else array_to_string(
            list_transform(
                list_zip(
                    string_split_regex({{ text }}, '{{ decimal }}'),
                    regexp_extract_all({{ text }}, '{{ decimal }}', 1)
                ),
                lambda part: part[1] || coalesce(
                    '"' || replace(
                        rtrim(part[2]::decimal(38, 18)::varchar, '0') || '"',
                        '."', '.0"'
                    ) || chr(10),
                    ''
                )
            ),
            ''
        )
    end
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

{# The gate: the lines of a plain document. Words that YAML or Ruby take for something
   else let a document out, too. #}
{% macro plain_members(text) -%}
    case
        when
            regexp_full_match(
                {{ text }}, '{{ plain_patterns().document | replace("'", "''") }}'
            )
            and not contains({{ text }}, '"true"')
            and not contains({{ text }}, '"false"')
            and not contains({{ text }}, '"null"')
            and not contains({{ text }}, '\\U')
            and not regexp_matches(
                replace(
                    replace({{ text }}, ' true' || chr(10), chr(10)),
                    ' false' || chr(10), chr(10)
                ),
                '{{ plain_patterns().ambiguous_word }}'
            )
            then substr({{ text }}, strpos({{ text }}, chr(10)))
    end
{%- endmacro %}

{# A text that is a JSON object which needs no normalisation, or an empty document. #}
{% macro plain_json(text) -%}
    case
        when
            regexp_full_match(
                {{ text }},
                '{{ plain_patterns().json_document | replace("'", "''") }}'
            )
            then {{ text }}
        when {{ text }} = '--- {}' || chr(10) then '{}'
    end
{%- endmacro %}

{# Within a map of a map or list nothing after a key is null. #}
{% macro with_null_members(text) -%}
    case
        when not contains({{ text }}, chr(10) || '  ') then {{ text }}
        else {{ rewritten(text, '(?m)^  ([a-z0-9_]+):$', "'  \\1: null'") }}
    end
{%- endmacro %}

{# Characters that YAML writes by their number, `\U0001F64F`, as they are. The text is
   taken apart before the numbers, of which it gets one in front, a blank's. #}
{% macro with_characters(text) -%}
    case
        when not contains({{ text }}, '\U') then {{ text }}
        else substr(
            array_to_string(
                list_transform(
                    string_split('00000020' || {{ text }}, '\U'),
                    lambda part: chr(('0x' || left(part, 8))::int) || substr(part, 9)
                ),
                ''
            ),
            2
        )
    end
{%- endmacro %}

{# Words, symbols, times, quoted texts become JSON strings; true, false, null stay. #}
{% macro with_json_strings(text) -%}
    {%- set patterns = plain_patterns() -%}
    {%- set words = rewritten(
        text, patterns.value_start ~ ':?(' ~ patterns.words ~ ')$', "'\\1\"\\2\"'"
    ) -%}
    {%- set booleans -%}
        replace(
            replace(
                replace({{ words }}, '"true"' || chr(10), 'true' || chr(10)),
                '"false"' || chr(10), 'false' || chr(10)
            ),
            '"null"' || chr(10), 'null' || chr(10)
        )
    {%- endset -%}
    {%- set quoted = rewritten(
        booleans, " '([^'\\n]*)'\\n", "' \"\\1\"' || chr(10)"
    ) -%}
    {%- set times = rewritten(
        quoted, '(?m) ([0-9]{4}-[0-9]{2}-[0-9]{2}) ([0-9:.]{18}) Z$', "' \"\\1T\\2Z\"'"
    ) -%}
    {{ rewritten(times, '(?m) ([0-9]{4}-[0-9]{2}-[0-9]{2})$', "' \"\\1\"'") }}
{%- endmacro %}

{# Nothing after a dash is null; items and members move to the line of their key. #}
{% macro with_joined_lines(text) -%}
    {%- set lone = "chr(10) || '-' || chr(10)" -%}
    {%- set null_item = "chr(10) || '- null' || chr(10)" -%}
    {%- set nulls -%}
        replace(
            replace(
                replace({{ text }}, ' -' || chr(10), ' - null' || chr(10)),
                {{ lone }}, {{ null_item }}
            ),
            {{ lone }}, {{ null_item }}
        )
    {%- endset -%}
    replace(
        replace(
            replace({{ nulls }}, chr(10) || '  - ', chr(3)), chr(10) || '- ', chr(2)
        ),
        chr(10) || '  ', chr(4)
    )
{%- endmacro %}

{# Maps in maps and lists become JSON objects, on the line of their key. #}
{% macro with_maps(text) -%}
    {%- set in_lists = rewritten(
        text, '\\x02([a-z0-9_]+: [^\\x02\\n]*)', "chr(2) || chr(5) || '\\1}'"
    ) -%}
    {%- set in_maps = rewritten(
        in_lists, '(?m)^([a-z0-9_]+:)\\x04(.*)$', "'\\1 ' || chr(5) || '\\2}'"
    ) -%}
    {%- set named = rewritten(
        in_maps, '([\\x04\\x05])([a-z0-9_]+): ', "'\\1\"\\2\":'"
    ) -%}
    case
        when not contains({{ text }}, chr(4)) then {{ text }}
        else replace(replace({{ named }}, chr(4), ','), chr(5), '{')
    end
{%- endmacro %}

{# Whether no object has a key twice: neither a document nor, where there are members
   of maps in its text, the maps in it and in its lists. #}
{% macro has_single_keys(document, text) -%}
    {{ is_object_of_single_keys(document) }}
    and case
        when not contains({{ text }}, chr(4)) then true
        else not list_contains(
            list_transform(
                list_concat({{ document }} -> '$.*', {{ document }} -> '$.*[*]'),
                lambda nested: {{ is_object_of_single_keys('nested') }}
            ),
            false
        )
    end
{%- endmacro %}

{% macro is_object_of_single_keys(document) -%}
    len(json_keys({{ document }})) = list_unique(json_keys({{ document }}))
{%- endmacro %}

{# Each line, now one entry, becomes a member of one JSON object. #}
{% macro as_json_object(text) -%}
    {%- set nested = rewritten(
        text, '\\x02- ([^\\x02\\n]*)', "chr(2) || '[\\1]'"
    ) -%}
    {%- set nulls -%}
        replace(replace({{ nested }}, chr(3), ','), ':' || chr(10), ': null' || chr(10))
    {%- endset -%}
    {%- set lists = rewritten(nulls, ':\\x02([^\\n]*)', "':[\\1]'") -%}
    {%- set members = rewritten(lists, '\\n([a-z0-9_]+): ?', "',\"\\1\":'") -%}
    {%- set unmarked = rewritten(members, '\\x01[0-9,]*', "''") -%}
    '{' || replace(rtrim(substr({{ unmarked }}, 2), chr(10)), chr(2), ',') || '}'
{%- endmacro %}
