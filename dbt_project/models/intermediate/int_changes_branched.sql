{{ config(materialized='table') }}

with

audits_parsed as (

    select * from {{ ref('int_audits_parsed') }}

),

denied as (

    select coalesce(list(lower(field)), []) as fields
    from {{ ref('denied_fields') }}

),

-- A root that is not a map is one change of the field `(value)`.
attributes as (

    select
        audit_id,
        audit_action,
        case
            when document is null then []
            when json_type(document) = 'OBJECT'
                then list_zip(json_keys(document), document -> '$.*')
            else list_zip(['(value)'], [document])
        end as pairs

    from audits_parsed

),

-- Only the action tells a pair from a list: `tags: [x, y]` on create is one value.
branched as (

    select
        audit_id,
        list_transform(pairs, lambda pair: struct_pack(
            field := pair[1],
            "from" := case
                when audit_action = 'destroy' then pair[2]
                when
                    audit_action = 'update'
                    and json_type(pair[2]) = 'ARRAY'
                    and json_array_length(pair[2]) = 2
                    then pair[2] -> 0
            end,
            "to" := case
                when audit_action = 'destroy' then null
                when
                    audit_action = 'update'
                    and json_type(pair[2]) = 'ARRAY'
                    and json_array_length(pair[2]) = 2
                    then pair[2] -> 1
                else pair[2]
            end
        )) as changes

    from attributes

),

changes_branched as (

    select
        branched.audit_id,

        list_filter(
            branched.changes,
            lambda change: not list_contains(denied.fields, lower(change.field))
        ) as changes,
        list_transform(
            list_filter(
                branched.changes,
                lambda change: list_contains(denied.fields, lower(change.field))
            ),
            lambda change: change.field
        ) as denied_field_names

    from branched

    cross join denied

)

select * from changes_branched
