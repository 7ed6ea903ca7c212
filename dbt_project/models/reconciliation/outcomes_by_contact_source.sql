with

audit_outcomes as (

    select * from {{ ref('audit_outcomes') }}

),

outcomes_by_contact_source as (

    select
        contact_source,

        count(*) as audit_count,
        count(*) filter (where outcome = 'ready') as ready_count

    from audit_outcomes

    group by contact_source

)

select * from outcomes_by_contact_source
