with

audit_outcomes as (

    select * from {{ ref('audit_outcomes') }}

),

outcomes_by_actor as (

    select
        actor_type,

        count(*) as audit_count,
        count(*) filter (where outcome = 'ready') as ready_count

    from audit_outcomes

    group by actor_type

)

select * from outcomes_by_actor
