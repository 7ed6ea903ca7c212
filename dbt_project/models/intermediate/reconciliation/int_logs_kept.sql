with

stored as (

    select * from {{ ref('stg_readback__activity_logs') }}

),

gone_audits as (

    select * from {{ ref('stg_crm__gone_audits') }}

),

activity_logs as (

    select * from {{ ref('activity_logs') }}

),

-- The collection is append-only: what the CRM deletes later stays migrated.
logs_kept as (

    select
        gone_audits.audit_id,
        stored.external_id,

        stored.stored_hash,
        stored.actual_hash

    from gone_audits

    inner join stored
        on {{ external_id('gone_audits.audit_id') }} = stored.external_id

    left join activity_logs
        on stored.external_id = activity_logs.external_id

    where activity_logs.external_id is null

)

select * from logs_kept
