with

audit_counts as (

    select * from {{ ref('stg_crm__audit_counts') }}

),

audits as (

    select * from {{ ref('stg_crm__audits') }}

),

audit_outcomes as (

    select * from {{ ref('audit_outcomes') }}

),

counts as (

    select
        'all' as place,
        sum(audit_count) as audit_count
    from audit_counts

    union all

    select
        'out of scope' as place,
        sum(audit_count) filter (where not is_in_scope) as audit_count
    from audit_counts

    union all

    select
        'in scope' as place,
        sum(audit_count) filter (where is_in_scope) as audit_count
    from audit_counts

    union all

    select
        'staged' as place,
        count(*) as audit_count
    from audits

    union all

    select
        'classified' as place,
        count(*) as audit_count
    from audit_outcomes

    union all

    select
        'ready' as place,
        count(*) filter (where outcome = 'ready') as audit_count
    from audit_outcomes

),

audits_counted as (

    select
        place,

        coalesce(audit_count, 0)::bigint as audit_count

    from counts

)

select * from audits_counted
