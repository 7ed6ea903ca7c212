with

accounts as (

    select * from {{ ref('accounts') }}

),

staged as (

    select * from {{ ref('stg_crm__accounts') }}

),

accounts_current as (

    select
        accounts.account,
        accounts.company_sso_id,

        accounts.crm_organization_id::bigint as crm_organization_id,

        accounts.link_history::boolean as link_history

    from accounts

    inner join staged
        on accounts.account = staged.account

)

select * from accounts_current
