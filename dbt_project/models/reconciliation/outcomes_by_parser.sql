with

audit_outcomes as (

    select * from {{ ref('audit_outcomes') }}

),

outcomes_by_parser as (

    select
        parser,

        count(*) as audit_count,
        count(*) filter (where outcome = 'ready') as ready_count

    from audit_outcomes

    group by parser

)

select * from outcomes_by_parser
