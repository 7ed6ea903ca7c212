with

accounts as (

    select * from {{ ref('accounts') }}

),

accounts_current as (

    select
        account,
        company_sso_id,

        crm_organization_id::bigint as crm_organization_id,

        link_history::boolean as link_history

    from accounts

    where account = {{ current_account() }}

)

select * from accounts_current
