with

accounts as (

    select * from {{ ref('int_accounts_current') }}

),

-- Ids are compared as text: a source id of '07' is not person 7.
contacts_known as (

    select
        contacts.contact_id,
        try_cast(contacts.source_id as bigint) as crm_person_id,
        'source_id' as found_by

    from {{ ref('stg_cdp__contacts') }} as contacts

    inner join accounts
        on contacts.company_sso_id = accounts.company_sso_id

    where try_cast(contacts.source_id as bigint)::varchar = contacts.source_id

    union all

    select
        id_maps.contact_id,
        id_maps.crm_person_id,
        'id_map' as found_by

    from {{ ref('stg_cdp__contact_id_maps') }} as id_maps

    inner join accounts
        on id_maps.company_sso_id = accounts.company_sso_id

    where id_maps.crm_person_id is not null

),

-- The id map is the fallback for persons that are no contact's source id.
contacts_matched as (

    select
        crm_person_id,
        case when count(distinct contact_id) = 1 then min(contact_id) end as contact_id,

        found_by,

        count(distinct contact_id) as contact_count,

        count(distinct contact_id) > 1 as is_ambiguous

    from contacts_known

    group by crm_person_id, found_by

    qualify row_number() over (
        partition by crm_person_id
        order by found_by <> 'source_id'
    ) = 1

)

select * from contacts_matched
