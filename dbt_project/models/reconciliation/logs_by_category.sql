with

places as (

    select
        category,
        action,
        outcome as place,
        audit_count as found_count
    from {{ ref('outcomes_by_category') }}

    union all

    select
        category,
        action,
        'mongo' as place,
        1 as found_count
    from {{ ref('stg_readback__activity_logs') }}

),

counts as (

    select
        category,
        action,

        sum(found_count) filter (where place <> 'mongo') as audit_count,
        sum(found_count) filter (where place = 'ready') as ready_count,
        sum(found_count) filter (where place = 'skipped') as skipped_count,
        sum(found_count) filter (where place = 'failed') as failed_count,
        sum(found_count) filter (where place = 'mongo') as mongo_count

    from places

    group by category, action

),

logs_by_category as (

    select
        category,
        action,

        coalesce(audit_count, 0)::bigint as audit_count,
        coalesce(ready_count, 0)::bigint as ready_count,
        coalesce(skipped_count, 0)::bigint as skipped_count,
        coalesce(failed_count, 0)::bigint as failed_count,
        coalesce(mongo_count, 0)::bigint as mongo_count

    from counts

)

select * from logs_by_category
