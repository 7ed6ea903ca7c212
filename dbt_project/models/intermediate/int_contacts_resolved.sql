with

accounts as (

    select * from {{ ref('int_accounts_current') }}

),

persons as (

    select
        person_candidates.audit_id,
        coalesce(
            person_candidates.crm_person_id,
            case when accounts.link_history then link_candidates.crm_person_id end
        ) as crm_person_id,
        coalesce(
            person_candidates.person_source,
            case
                when accounts.link_history and link_candidates.audit_id is not null
                    then 'link'
            end
        ) as person_source,
        link_candidates.audit_id is not null as has_link

    from {{ ref('int_person_candidates') }} as person_candidates

    cross join accounts

    left join {{ ref('int_link_candidates') }} as link_candidates
        on person_candidates.audit_id = link_candidates.audit_id

),

contacts_by_source as (

    select
        contacts.source_id,
        min(contacts.contact_id) as contact_id,
        count(*) > 1 as is_ambiguous

    from {{ ref('stg_cdp__contacts') }} as contacts

    inner join accounts
        on contacts.company_sso_id = accounts.company_sso_id

    where contacts.source_id is not null

    group by contacts.source_id

),

mapped_contacts as (

    select
        id_maps.crm_person_id,
        id_maps.contact_id

    from {{ ref('stg_cdp__contact_id_maps') }} as id_maps

    inner join accounts
        on id_maps.company_sso_id = accounts.company_sso_id

),

contacts_resolved as (

    select
        persons.audit_id,
        persons.crm_person_id,
        coalesce(contacts_by_source.contact_id, mapped_contacts.contact_id)
            as contact_id,

        case
            when contacts_by_source.contact_id is not null
                then persons.person_source || '+source_id'
            when mapped_contacts.contact_id is not null
                then persons.person_source || '+id_map'
            else persons.person_source
        end as contact_source,

        coalesce(contacts_by_source.is_ambiguous, false) as is_ambiguous,
        persons.has_link

    from persons

    left join contacts_by_source
        on persons.crm_person_id::varchar = contacts_by_source.source_id

    left join mapped_contacts
        on persons.crm_person_id = mapped_contacts.crm_person_id

)

select * from contacts_resolved
