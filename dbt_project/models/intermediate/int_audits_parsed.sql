{{ config(materialized='table') }}

with

audits as (

    select * from {{ ref('int_audits_plain') }}

),

-- Only what SQL does not read is handed to the parser.
readings as (

    select
        audit_id,
        audit_action,
        plain_document,
        case when plain_document is null then parse_changes(audited_changes) end
            as reading

    from audits

),

audits_parsed as (

    select
        audit_id,

        audit_action,
        case when plain_document is not null then 'sql' else reading.parser end
            as parser,
        reading.error as parse_error,

        coalesce(plain_document, reading.value::json) as document,
        coalesce(reading.unknown_tags, []) as unknown_tags

    from readings

)

select * from audits_parsed
