{% macro last_member(document, key) %}
    list_filter(
        list_zip(json_keys({{ document }}), {{ document }} -> '$.*'),
        lambda member: member[1] = '{{ key }}'
    )[-1][2]
{% endmacro %}
