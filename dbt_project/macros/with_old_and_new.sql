{# Only the action tells old and new from a list: `tags: [x, y]` on create is one value.
   An update that `max_audits` merged has values beside its pairs. #}
{% macro with_old_and_new(pairs, action) -%}
    list_transform({{ pairs }}, lambda pair: struct_pack(
        field := pair[1],
        "from" := case
            when {{ action }} = 'destroy' then pair[2]
            when {{ action }} = 'update' and {{ is_list_of_two('pair[2]') }}
                then pair[2] -> 0
        end,
        "to" := case
            when {{ action }} = 'destroy' then null
            when {{ action }} = 'update' and {{ is_list_of_two('pair[2]') }}
                then pair[2] -> 1
            else pair[2]
        end
    ))
{%- endmacro %}

{% macro is_list_of_two(value) -%}
    json_array_length({{ value }}) = 2
{%- endmacro %}

{% macro attribute_pairs(document) -%}
    case
        when {{ document }} is null then []
        when json_type({{ document }}) = 'OBJECT'
            then list_zip(json_keys({{ document }}), {{ document }} -> '$.*')
        else list_zip(['(value)'], [{{ document }}])
    end
{%- endmacro %}
