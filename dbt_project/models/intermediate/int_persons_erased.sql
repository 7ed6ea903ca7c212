with

erasures as (

    select erasures.*

    from {{ ref('stg_cdp__erasures') }} as erasures

    inner join {{ ref('int_accounts_current') }} as accounts
        on erasures.company_sso_id = accounts.company_sso_id

),

-- A person is forgotten by the own id, and as whoever the forgotten contact is by now.
persons as (

    select crm_person_id
    from erasures
    where crm_person_id is not null

    union

    select contacts_matched.crm_person_id

    from {{ ref('int_contacts_matched') }} as contacts_matched

    inner join erasures
        on contacts_matched.contact_id = erasures.contact_id

),

persons_erased as (

    select crm_person_id
    from persons

)

select * from persons_erased
