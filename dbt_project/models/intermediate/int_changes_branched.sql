{{ config(materialized='table') }}

with

denied as (

    select
        coalesce(list(lower(field) order by lower(field)), []) as fields,
        '"(?i:'
        || string_agg(regexp_escape(field), '|' order by field)
        || ')":' as pattern
    from {{ ref('denied_fields') }}

),

-- A root that is not a map is one change of the field `(value)`.
attributes as (

    select
        audits_parsed.audit_id,
        audits_parsed.audit_action,
        audits_parsed.document::varchar as document_text,
        denied.fields as denied_fields,
        denied.pattern as denied_pattern,
        case
            when audits_parsed.document is null then []
            when json_type(audits_parsed.document) = 'OBJECT'
                then list_zip(
                    json_keys(audits_parsed.document), audits_parsed.document -> '$.*'
                )
            else list_zip(['(value)'], [audits_parsed.document])
        end as pairs

    from {{ ref('int_audits_parsed') }} as audits_parsed

    cross join denied

),

denied_fields_found as (

    select
        audit_id,
        audit_action,
        denied_pattern,
        pairs,
        list_filter(
            denied_fields,
            lambda name: contains(lower(document_text), '"' || name || '":')
        ) as denied_field_names

    from attributes

),

-- A denied field goes at any depth; what holds one that is no scalar goes as a whole.
allowed as (

    select
        audit_id,
        audit_action,
        denied_field_names,
        case
            when len(denied_field_names) = 0 then pairs
            else {{ without_denied_fields('pairs', 'denied_pattern') }}
        end as pairs

    from denied_fields_found

),

-- Only the action tells a pair from a list: `tags: [x, y]` on create is one value.
changes_branched as (

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
        )) as changes,
        denied_field_names

    from allowed

)

select * from changes_branched
