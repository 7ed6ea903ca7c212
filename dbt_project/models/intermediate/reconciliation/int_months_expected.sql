with

activity_logs as (

    select * from {{ ref('activity_logs') }}

),

stored as (

    select * from {{ ref('stg_readback__activity_logs') }}

),

load_failures as (

    select * from {{ ref('stg_readback__load_failures') }}

),

-- What failed to load is expected only where MongoDB has a document of its key.
expected as (

    select activity_logs.created_at

    from activity_logs

    left join load_failures
        on activity_logs.audit_id = load_failures.audit_id

    left join stored
        on activity_logs.external_id = stored.external_id

    where load_failures.audit_id is null or stored.external_id is not null

    union all

    select stored.created_at

    from {{ ref('int_logs_kept') }} as logs_kept

    inner join stored
        on logs_kept.external_id = stored.external_id

),

months_expected as (

    select
        date_trunc('month', created_at)::date as created_month,

        count(*) as expected_count

    from expected

    group by all

)

select * from months_expected
