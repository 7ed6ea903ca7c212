with

contacts_resolved as (

    select * from {{ ref('int_contacts_resolved') }}

),

missing_contacts as (

    select
        crm_person_id,

        count(*) as audit_count,

        min(audit_id, 5) as sample_audit_ids

    from contacts_resolved

    where crm_person_id is not null and contact_id is null and not is_ambiguous

    group by crm_person_id

)

select * from missing_contacts
