with

ready as (

    select
        category,
        action,
        count(*) as ready_count

    from {{ ref('activity_logs') }}

    group by all

),

stored as (

    select
        category,
        action,
        count(*) as mongo_count

    from {{ ref('stg_readback__activity_logs') }}

    group by all

),

logs_by_category as (

    select
        coalesce(ready.category, stored.category) as category,
        coalesce(ready.action, stored.action) as action,

        coalesce(ready.ready_count, 0) as ready_count,
        coalesce(stored.mongo_count, 0) as mongo_count

    from ready

    full join stored
        on
            ready.category = stored.category
            and ready.action = stored.action

)

select * from logs_by_category
