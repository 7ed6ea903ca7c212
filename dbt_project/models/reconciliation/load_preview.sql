with

activity_logs as (

    select * from {{ ref('activity_logs') }}

),

stored as (

    select * from {{ ref('stg_readback__activity_logs') }}

),

-- The loader compares the hash that a document carries since it was written.
compared as (

    select
        activity_logs.audit_id,

        case
            when stored.external_id is null then 'inserted'
            when stored.stored_hash = stored.expected_hash then 'already_present'
            else 'drifted'
        end as fate

    from activity_logs

    left join stored
        on activity_logs.external_id = stored.external_id

),

load_preview as (

    select
        fate,

        count(*) as log_count,

        min(audit_id, 5) as sample_audit_ids

    from compared

    group by fate

)

select * from load_preview
