with

audit_outcomes as (

    select * from {{ ref('audit_outcomes') }}

),

load_failures as (

    select * from {{ ref('stg_readback__load_failures') }}

),

-- What MongoDB answered to a write may quote a value, so that it is no detail here.
audits_not_migrated as (

    select
        audit_outcomes.audit_id,
        audit_outcomes.auditable_id,
        audit_outcomes.crm_person_id,

        audit_outcomes.auditable_type,
        audit_outcomes.audit_action,
        case
            when load_failures.audit_id is null then audit_outcomes.outcome
            else 'failed'
        end as outcome,
        coalesce(load_failures.reason, audit_outcomes.reason) as reason,
        case
            when load_failures.audit_id is null then audit_outcomes.reason_detail
        end as reason_detail,

        audit_outcomes.created_at

    from audit_outcomes

    left join load_failures
        on audit_outcomes.audit_id = load_failures.audit_id

    where audit_outcomes.outcome <> 'ready' or load_failures.audit_id is not null

)

select * from audits_not_migrated
