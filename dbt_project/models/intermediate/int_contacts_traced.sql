{# A view: it is asked for one audit at a time. #}
{{ config(materialized='view') }}

with

contacts_traced as (

    select
        persons_named.audit_id,
        persons_named.comment_person_id,
        persons_named.changes_person_id,
        persons_named.auditable_person_id,
        persons_named.associated_person_id,
        persons_linked.crm_person_id as link_person_id,

        split_part(contacts_resolved.contact_source, '+', 1) as person_source,
        case
            when persons_named.crm_person_id is not null then 'not_needed'
            when persons_linked.crm_person_id is null then 'none'
            when contacts_resolved.crm_person_id is not null then 'taken'
            when contacts_resolved.is_resolvable_by_link then 'resolves'
            else 'unknown_person'
        end as link_lookup,
        case
            when contacts_resolved.crm_person_id is null then 'no_person'
            when
                contacts_matched.found_by = 'source_id'
                and contacts_matched.is_ambiguous
                then 'several'
            when contacts_matched.found_by = 'source_id' then 'one'
            else 'none'
        end as source_id_lookup,
        case
            when contacts_resolved.crm_person_id is null then 'no_person'
            when contacts_matched.found_by is null then 'none'
            when contacts_matched.found_by = 'source_id' then 'not_needed'
            when contacts_matched.is_ambiguous then 'several'
            else 'one'
        end as id_map_lookup,

        coalesce(contacts_matched.contact_count, 0) as contact_count

    from {{ ref('int_persons_named') }} as persons_named

    inner join {{ ref('int_contacts_resolved') }} as contacts_resolved
        on persons_named.audit_id = contacts_resolved.audit_id

    left join {{ ref('int_persons_linked') }} as persons_linked
        on persons_named.audit_id = persons_linked.audit_id

    left join {{ ref('int_contacts_matched') }} as contacts_matched
        on contacts_resolved.crm_person_id = contacts_matched.crm_person_id

)

select * from contacts_traced
