with

accounts as (

    select * from {{ ref('int_accounts_current') }}

),

audits as (

    select * from {{ ref('stg_crm__audits') }}

),

classified as (

    select * from {{ ref('int_audits_classified') }}

),

actors as (

    select * from {{ ref('int_actors_resolved') }}

),

audit_outcomes as (

    select
        audits.audit_id,
        accounts.company_sso_id,
        classified.crm_person_id,
        classified.contact_id,

        audits.auditable_type,
        audits.audit_action,
        classified.category,
        classified.action,
        classified.contact_source,
        actors.actor_type,
        classified.parser,
        classified.outcome,
        classified.reason,
        classified.reason_detail,

        classified.is_resolvable_by_link,

        audits.created_at

    from audits

    cross join accounts

    inner join classified
        on audits.audit_id = classified.audit_id

    inner join actors
        on audits.audit_id = actors.audit_id

)

select * from audit_outcomes
