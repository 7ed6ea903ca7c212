with

audit_outcomes as (

    select * from {{ ref('audit_outcomes') }}

),

outcomes_by_category as (

    select
        category,
        action,
        outcome,

        count(*) as audit_count

    from audit_outcomes

    group by category, action, outcome

)

select * from outcomes_by_category
