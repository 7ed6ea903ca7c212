-- A status set of an account or a type that does not exist would never apply.
with

status_sets as (

    select * from {{ ref('status_sets') }}

),

accounts as (

    select * from {{ ref('accounts') }}

),

mapped_types as (

    select distinct auditable_type from {{ ref('category_map') }}

),

unknown_names as (

    select
        status_sets.company_sso_id,
        status_sets.auditable_type

    from status_sets

    left join accounts
        on status_sets.company_sso_id = accounts.company_sso_id

    left join mapped_types
        on status_sets.auditable_type = mapped_types.auditable_type

    where
        (status_sets.company_sso_id <> '*' and accounts.account is null)
        or mapped_types.auditable_type is null

)

select * from unknown_names
