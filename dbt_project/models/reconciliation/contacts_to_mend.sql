with

audit_outcomes as (

    select * from {{ ref('audit_outcomes') }}

),

contacts_matched as (

    select * from {{ ref('int_contacts_matched') }}

),

contacts_to_mend as (

    select
        audit_outcomes.crm_person_id,

        case
            when count(contacts_matched.contact_count) = 0 then 'contact_not_found'
            else 'ambiguous_contact'
        end as reason,

        coalesce(max(contacts_matched.contact_count), 0) as contact_count,
        count(*) as audit_count,

        min(audit_outcomes.audit_id, 5) as sample_audit_ids

    from audit_outcomes

    left join contacts_matched
        on audit_outcomes.crm_person_id = contacts_matched.crm_person_id

    where
        audit_outcomes.crm_person_id is not null
        and contacts_matched.contact_id is null

    group by audit_outcomes.crm_person_id

)

select * from contacts_to_mend
