with

audits as (

    select * from {{ ref('stg_crm__audits') }}

),

changes as (

    select * from {{ ref('stg_crm__audit_changes') }}

),

audits_parsed as (

    select
        audits.audit_id,

        audits.audit_action,
        changes.parser,
        changes.parse_error,

        changes.document,
        changes.unknown_tags

    from audits

    inner join changes
        on audits.audit_id = changes.audit_id

)

select * from audits_parsed
