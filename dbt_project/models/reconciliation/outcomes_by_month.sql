with

source_months as (

    select
        created_month,
        sum(audit_count) as source_count

    from {{ ref('stg_crm__audit_counts') }}

    where is_in_scope

    group by created_month

),

staged_months as (

    select
        date_trunc('month', created_at)::date as created_month,
        count(*) as staged_count,
        count(*) filter (where outcome = 'ready') as ready_count

    from {{ ref('audit_outcomes') }}

    group by all

),

mongo_months as (

    select
        date_trunc('month', created_at)::date as created_month,
        count(*) as mongo_count

    from {{ ref('stg_readback__activity_logs') }}

    group by all

),

outcomes_by_month as (

    select
        coalesce(
            source_months.created_month,
            staged_months.created_month,
            mongo_months.created_month
        ) as created_month,

        coalesce(source_months.source_count, 0)::bigint as source_count,
        coalesce(staged_months.staged_count, 0) as staged_count,
        coalesce(staged_months.ready_count, 0) as ready_count,
        coalesce(mongo_months.mongo_count, 0) as mongo_count

    from source_months

    full join staged_months
        on
            source_months.created_month
            is not distinct from staged_months.created_month

    full join mongo_months
        on
            coalesce(source_months.created_month, staged_months.created_month)
            is not distinct from mongo_months.created_month

)

select * from outcomes_by_month
