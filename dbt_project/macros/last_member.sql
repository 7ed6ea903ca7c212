{# The value of a key in a JSON object, the last one where the key is repeated;
   null when there is none, or when the JSON is no object. #}
{% macro last_member(document, key) %}
    list_filter(
        list_zip(json_keys({{ document }}), {{ document }} -> '$.*'),
        lambda member: member[1] = '{{ key }}'
    )[-1][2]
{% endmacro %}
