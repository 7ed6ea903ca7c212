with

audit_outcomes as (

    select * from {{ ref('audit_outcomes') }}

),

outcomes_by_reason as (

    select
        outcome,
        reason,

        count(*) as audit_count,
        count(*) filter (where is_resolvable_by_link) as resolvable_by_link_count,

        min(audit_id, 5) as sample_audit_ids

    from audit_outcomes

    group by outcome, reason

)

select * from outcomes_by_reason
