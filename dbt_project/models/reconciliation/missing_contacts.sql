with

audit_outcomes as (

    select * from {{ ref('audit_outcomes') }}

),

contacts_matched as (

    select * from {{ ref('int_contacts_matched') }}

),

missing_contacts as (

    select
        audit_outcomes.crm_person_id,

        count(*) as audit_count,

        min(audit_outcomes.audit_id, 5) as sample_audit_ids

    from audit_outcomes

    left join contacts_matched
        on audit_outcomes.crm_person_id = contacts_matched.crm_person_id

    where
        audit_outcomes.crm_person_id is not null
        and contacts_matched.crm_person_id is null

    group by audit_outcomes.crm_person_id

)

select * from missing_contacts
