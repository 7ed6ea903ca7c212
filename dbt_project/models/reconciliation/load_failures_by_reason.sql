with

load_failures as (

    select * from {{ ref('stg_readback__load_failures') }}

),

load_failures_by_reason as (

    select
        reason,

        count(*) as audit_count,

        min(audit_id, 5) as sample_audit_ids

    from load_failures

    group by reason

)

select * from load_failures_by_reason
