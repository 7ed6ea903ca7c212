with

crm_types as (

    select
        *,
        rowid as line

    from {{ ref('crm_types') }}

),

crm_types_gathered as (

    select
        coalesce(list(auditable_type order by line) filter (role = 'person'), [])
            as person_types,
        coalesce(list(key order by line) filter (role = 'person'), []) as person_keys,
        coalesce(list(auditable_type order by line) filter (role = 'user'), [])
            as user_types

    from crm_types

)

select * from crm_types_gathered
