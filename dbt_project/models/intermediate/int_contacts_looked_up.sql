with

contacts_looked_up as (

    select
        person_candidates.audit_id,
        person_candidates.comment_person_id,
        person_candidates.changes_person_id,
        person_candidates.auditable_person_id,
        person_candidates.associated_person_id,
        link_candidates.crm_person_id as link_person_id,

        nullif(split_part(contacts_resolved.contact_source, '+', 1), '')
            as person_source,
        case
            when person_candidates.crm_person_id is not null then 'not_needed'
            when link_candidates.crm_person_id is null then 'none'
            when contacts_resolved.crm_person_id is not null then 'taken'
            when contacts_resolved.is_resolvable_by_link then 'resolves'
            else 'unknown_person'
        end as link_lookup,
        case
            when contacts_resolved.crm_person_id is null then 'no_person'
            when coalesce(contacts_matched.found_by, '') <> 'source_id' then 'none'
            when contacts_matched.is_ambiguous then 'several'
            else 'one'
        end as source_id_lookup,
        case
            when contacts_resolved.crm_person_id is null then 'no_person'
            when contacts_matched.found_by is null then 'none'
            when contacts_matched.found_by = 'source_id' then 'not_needed'
            when contacts_matched.is_ambiguous then 'several'
            else 'one'
        end as id_map_lookup,

        coalesce(contacts_matched.contact_count, 0) as contact_count

    from {{ ref('int_person_candidates') }} as person_candidates

    inner join {{ ref('int_contacts_resolved') }} as contacts_resolved
        on person_candidates.audit_id = contacts_resolved.audit_id

    left join {{ ref('int_link_candidates') }} as link_candidates
        on person_candidates.audit_id = link_candidates.audit_id

    left join {{ ref('int_contacts_matched') }} as contacts_matched
        on contacts_resolved.crm_person_id = contacts_matched.crm_person_id

)

select * from contacts_looked_up
