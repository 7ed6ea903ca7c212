with

audit_outcomes as (

    select * from {{ ref('audit_outcomes') }}

),

unmapped_actions as (

    select
        auditable_type,
        audit_action,

        count(*) as audit_count,

        min(audit_id, 5) as sample_audit_ids

    from audit_outcomes

    where reason = 'unmapped_action_type'

    group by auditable_type, audit_action

)

select * from unmapped_actions
