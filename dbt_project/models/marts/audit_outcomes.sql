with

accounts as (

    select * from {{ ref('int_accounts_current') }}

),

audits as (

    select * from {{ ref('stg_crm__audits') }}

),

decided as (

    select * from {{ ref('int_outcomes_decided') }}

),

actors as (

    select * from {{ ref('int_actors_resolved') }}

),

audit_outcomes as (

    select
        audits.audit_id,
        accounts.company_sso_id,
        audits.auditable_id,
        decided.crm_person_id,
        decided.contact_id,

        audits.auditable_type,
        audits.audit_action,
        decided.category,
        decided.action,
        decided.contact_source,
        actors.actor_type,
        decided.parser,
        decided.outcome,
        decided.reason,
        decided.reason_detail,

        decided.is_resolvable_by_link,

        audits.created_at

    from audits

    cross join accounts

    inner join decided
        on audits.audit_id = decided.audit_id

    inner join actors
        on audits.audit_id = actors.audit_id

)

select * from audit_outcomes
