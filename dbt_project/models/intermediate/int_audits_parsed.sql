{{ config(materialized='table') }}

with

audits as (

    select * from {{ ref('stg_crm__audits') }}

),

documents_read as (

    select
        audit_id,
        audit_action,
        parse_changes(audited_changes) as reading

    from audits

),

audits_parsed as (

    select
        audit_id,

        audit_action,
        reading.parser,
        reading.error as parse_error,

        reading.value::json as document

    from documents_read

)

select * from audits_parsed
