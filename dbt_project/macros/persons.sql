{# Digits are told by `translate`: a regular expression is ten times as slow within a
   lambda, where this is asked. #}
{% macro person_id(value) -%}
    case
        when translate({{ value }}::varchar, '0123456789', '') in ('', '""')
            then nullif(try_cast(trim({{ value }}::varchar, '"') as bigint), 0)
    end
{%- endmacro %}

{# What is under none of the keys goes first, so that the rest is asked of little. #}
{% macro comment_members(document, keys) -%}
    list_transform(
        list_filter(
            list_zip(json_keys({{ document }}), {{ document }} -> '$.*'),
            lambda member: list_contains({{ keys }}, member[1])
        ),
        lambda member: struct_pack(key := member[1], person := member[2]::varchar)
    )
{%- endmacro %}

{% macro changes_members(changes, keys) -%}
    list_transform(
        list_filter(
            {{ changes }}, lambda change: list_contains({{ keys }}, change.field)
        ),
        lambda change: struct_pack(
            key := change.field, person := ({{ value_left_by('change') }})::varchar
        )
    )
{%- endmacro %}

{# In the order of the keys; of a repeated key the last value counts. #}
{% macro first_person(members, keys) -%}
    case when len({{ members }}) > 0 then list_filter(
        list_transform(
            {{ keys }},
            lambda person_key: struct_pack(
                key := person_key,
                id := {{ person_id(
                    'list_filter(' ~ members ~ ', lambda member: member.key = person_key)'
                    ~ '[-1].person'
                ) }}
            )
        ),
        lambda person: person.id is not null
    )[1] end
{%- endmacro %}
