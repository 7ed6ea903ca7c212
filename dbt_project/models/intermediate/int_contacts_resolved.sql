with

accounts as (

    select * from {{ ref('int_accounts_current') }}

),

contacts_matched as (

    select * from {{ ref('int_contacts_matched') }}

),

-- A link names a person only where the account's history of links counts.
persons as (

    select
        persons_named.audit_id,
        persons_linked.crm_person_id as link_person_id,
        coalesce(
            persons_named.crm_person_id,
            case when accounts.link_history then persons_linked.crm_person_id end
        ) as crm_person_id,

        case
            when persons_named.crm_person_id is not null
                then persons_named.person_source
            when accounts.link_history and persons_linked.crm_person_id is not null
                then 'link'
        end as person_source

    from {{ ref('int_persons_named') }} as persons_named

    cross join accounts

    left join {{ ref('int_persons_linked') }} as persons_linked
        on persons_named.audit_id = persons_linked.audit_id

),

contacts_resolved as (

    select
        persons.audit_id,
        persons.crm_person_id,
        contacts_matched.contact_id,

        nullif(concat_ws('+', persons.person_source, contacts_matched.found_by), '')
            as contact_source,

        coalesce(contacts_matched.is_ambiguous, false) as is_ambiguous,
        persons_erased.crm_person_id is not null as is_erased,
        link_contacts.contact_id is not null as is_resolvable_by_link

    from persons

    left join contacts_matched
        on persons.crm_person_id = contacts_matched.crm_person_id

    left join {{ ref('int_persons_erased') }} as persons_erased
        on persons.crm_person_id = persons_erased.crm_person_id

    left join contacts_matched as link_contacts
        on persons.link_person_id = link_contacts.crm_person_id

)

select * from contacts_resolved
