with

accounts as (

    select * from {{ ref('int_accounts_current') }}

),

own_or_shared as (

    select
        status_sets.auditable_type,
        status_sets.field,
        status_sets.status_id,
        status_sets.action,
        status_sets.company_sso_id,
        max(status_sets.company_sso_id <> '*') over (
            partition by status_sets.auditable_type
        ) as has_own_set

    from {{ ref('status_sets') }} as status_sets

    inner join accounts
        on status_sets.company_sso_id in ('*', accounts.company_sso_id)

),

-- An account's own set for a type replaces the shared one.
status_sets_applied as (

    select
        auditable_type,
        field,
        status_id,
        action

    from own_or_shared

    where not has_own_set or company_sso_id <> '*'

)

select * from status_sets_applied
