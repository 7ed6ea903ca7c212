with

judged as (

    select * from {{ ref('int_logs_judged') }}

),

load_failures as (

    select * from {{ ref('stg_readback__load_failures') }}

),

-- A document that is as it was written is expected in its own month.
expected as (

    select created_at
    from judged
    where standing in ('equal', 'drifted', 'kept')

    union all

    select activity_logs.created_at

    from {{ ref('activity_logs') }} as activity_logs

    left join judged
        on activity_logs.audit_id = judged.audit_id

    left join load_failures
        on activity_logs.audit_id = load_failures.audit_id

    where
        judged.standing = 'changed'
        or (judged.audit_id is null and load_failures.audit_id is null)

),

months_expected as (

    select
        date_trunc('month', created_at)::date as created_month,

        count(*) as expected_count

    from expected

    group by all

)

select * from months_expected
