with

places as (

    select
        created_month,
        'source' as place,
        audit_count as found_count
    from {{ ref('stg_crm__audit_counts') }}
    where is_in_scope

    union all

    select
        date_trunc('month', created_at)::date as created_month,
        outcome as place,
        1 as found_count
    from {{ ref('audit_outcomes') }}

    union all

    select
        created_month,
        'expected' as place,
        expected_count as found_count
    from {{ ref('int_months_expected') }}

    union all

    select
        date_trunc('month', created_at)::date as created_month,
        'mongo' as place,
        1 as found_count
    from {{ ref('stg_readback__activity_logs') }}

),

counts as (

    select
        created_month,

        sum(found_count) filter (where place = 'source') as source_count,
        sum(found_count) filter (where place = 'ready') as ready_count,
        sum(found_count) filter (where place = 'skipped') as skipped_count,
        sum(found_count) filter (where place = 'failed') as failed_count,
        sum(found_count) filter (where place = 'expected') as expected_count,
        sum(found_count) filter (where place = 'mongo') as mongo_count

    from places

    group by created_month

),

outcomes_by_month as (

    select
        created_month,

        coalesce(source_count, 0)::bigint as source_count,
        coalesce(ready_count, 0)::bigint as ready_count,
        coalesce(skipped_count, 0)::bigint as skipped_count,
        coalesce(failed_count, 0)::bigint as failed_count,
        coalesce(expected_count, 0)::bigint as expected_count,
        coalesce(mongo_count, 0)::bigint as mongo_count,
        (coalesce(mongo_count, 0) - coalesce(expected_count, 0))::bigint
            as difference

    from counts

)

select * from outcomes_by_month
