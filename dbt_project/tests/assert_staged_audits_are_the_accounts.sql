-- A pool that mixes its clients up could give one account's audits to another: what is
-- staged is looked at once more, before anything is loaded.
with

audits as (

    select * from {{ source('raw_crm', 'audits') }}

),

accounts as (

    select * from {{ ref('int_accounts_current') }}

),

foreign_audits as (

    select
        audits.id,
        audits.organization_id

    from audits

    left join accounts
        on audits.organization_id = accounts.crm_organization_id

    where accounts.account is null

)

select * from foreign_audits
