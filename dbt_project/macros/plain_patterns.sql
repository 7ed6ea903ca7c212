{# The patterns (RE2) of a plain document, by name, as SQL strings (spec 8.1).

   A plain document has only lines of these forms, with scalars that are read the same way by
   everybody; whatever else there may be is left to the complete parser:

       key: scalar     key:     - scalar     -     - - scalar (a list in a list)     - scalar
       - key: scalar (a map in a list)     key: scalar (a map in a map or in a list)

   `text` is what lies beyond ASCII and is neither a line break nor a control to YAML. #}
{% macro plain_patterns() %}
{% set text %}\x{A1}-\x{2027}\x{202A}-\x{D7FF}\x{E000}-\x{FEFE}\x{FF00}-\x{FFFD}\x{10000}-\x{10FFFF}{% endset %}
{% set day %}(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31){% endset %}
{% set date %}[0-9]{4}-{{ day }}{% endset %}
{% set clock %}(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{9}{% endset %}
{% set integer %}(?:0|-?[1-9][0-9]{0,14}){% endset %}
{% set float %}-?(?:0|[1-9][0-9]{0,7})\.(?:0|[0-9]{0,3}[1-9]){% endset %}
{% set words %}[A-Za-z{{ text }}](?: *:?[!$-9;-\[\]-~{{ text }}])*{% endset %}
{% set symbol %}:[a-z][a-z0-9_]*{% endset %}
{% set single_quoted %}'[ !#-&(-\[\]-~{{ text }}]*'{% endset %}
{% set double_quoted %}"(?:[ !#-\[\]-~{{ text }}]|\\(?:[bfnrt"\\/]|U000[1-9A-F][0-9A-F]{4}))*"{% endset %}
{% set scalar %}(?:{{ integer }}|{{ float }}|{{ date }}(?: {{ clock }} Z)?|{{ words }}|{{ symbol }}|{{ single_quoted }}|{{ double_quoted }}|\[\]|\{\}){% endset %}
{% set zoned %}\x01(?:,|1,1|2,2|3,3|4,4|5,5|6,6|7,7|8,8|9,9)"[^"\n]*"{% endset %}
{% set value %}(?:{{ scalar }}|{{ zoned }}){% endset %}
{% set key %}[a-z_][a-z0-9_]{0,62}:{% endset %}
{% set members %}(?:  {{ key }}(?: {{ scalar }})?\n)+{% endset %}
{% set item %}(?:(?:-|- {{ value }}|- -(?: {{ scalar }})?(?:\n  -(?: {{ scalar }})?)*)\n|- {{ key }} {{ scalar }}\n{{ members }}){% endset %}
{% set entry %}{{ key }}(?: {{ value }}\n|\n(?:(?:{{ item }})*|{{ members }})){% endset %}
{% set json_string %}"(?:[ !#-\[\]-~{{ text }}]|\\[bfnrt"\\/])*"{% endset %}
{% set json_scalar %}(?:{{ json_string }}|{{ integer }}|{{ float }}|null|true|false){% endset %}
{% set json_list %}\[(?:{{ json_scalar }}(?:, ?{{ json_scalar }})*)?\]{% endset %}
{% set json_item %}(?:{{ json_scalar }}|{{ json_list }}){% endset %}
{% set json_value %}(?:{{ json_scalar }}|\{\}|\[(?:{{ json_item }}(?:, ?{{ json_item }})*)?\]){% endset %}
{% set json_entry %}{{ json_string }}: ?{{ json_value }}{% endset %}

{% set document %}---(?: !ruby/hash:ActiveSupport::HashWithIndifferentAccess)?\n(?:{{ entry }})+{% endset %}
{% set json_document %}\{(?:{{ json_entry }}(?:, ?{{ json_entry }})*)?\}{% endset %}
{% set ambiguous_word %}(?i)(?:^|\n|[ -] ?)(?:yes|no|on|off|null|true|false)(?:\n|:){% endset %}
{% set zoned_time %}!ruby/object:ActiveSupport::TimeWithZone\n  utc: (?:&([1-9]) )?({{ date }}) ({{ clock }}) Z\n  zone: (?:\*[1-4]|(?:&[1-4] )?!ruby/object:ActiveSupport::TimeZone\n    name: [A-Za-z][A-Za-z0-9_/+-]*)\n  time: (?:\*([1-9])|{{ date }} {{ clock }} Z)\n{% endset %}
{% set decimal %}!ruby/object:BigDecimal [0-9]{1,3}:(0\.0|-?0\.[1-9](?:[0-9]{0,13}[1-9])?e(?:-[12]|[0-9]))\n{% endset %}
{% set value_start %}(?m)^((?:|- |  )[a-z0-9_]+: |- |- - |  - ){% endset %}
{{ return({
    'document': document,
    'json_document': json_document,
    'ambiguous_word': ambiguous_word,
    'zoned_time': zoned_time,
    'decimal': decimal,
    'value_start': value_start,
    'words': words,
}) }}
{% endmacro %}
