with

seed_names as (

    select
        'crm_types.csv' as seed_file,
        rowid as line,
        'auditable_type' as column_name,
        role as place,
        null as owner,
        auditable_type as name
    from {{ ref('crm_types') }}

    union all

    select
        'crm_types.csv' as seed_file,
        rowid as line,
        'key' as column_name,
        'key' as place,
        null as owner,
        key as name
    from {{ ref('crm_types') }}
    where role = 'person'

    union all

    select
        'join_models.csv' as seed_file,
        rowid as line,
        unnest(['auditable_type', 'linked_key', 'person_key']) as column_name,
        unnest(['record', 'attribute', 'attribute']) as place,
        unnest([null, auditable_type, auditable_type]) as owner,
        unnest([auditable_type, linked_key, person_key]) as name
    from {{ ref('join_models') }}

    union all

    select
        'status_sets.csv' as seed_file,
        status_sets.rowid as line,
        unnest(['auditable_type', 'field']) as column_name,
        unnest(['record', 'attribute']) as place,
        unnest([null, status_sets.auditable_type]) as owner,
        unnest([status_sets.auditable_type, status_sets.field]) as name

    from {{ ref('status_sets') }} as status_sets

    inner join {{ ref('int_accounts_current') }} as accounts
        on status_sets.company_sso_id in ('*', accounts.company_sso_id)

    union all

    select
        'category_map.csv' as seed_file,
        min(rowid) as line,
        'auditable_type' as column_name,
        'record' as place,
        null as owner,
        auditable_type as name
    from {{ ref('category_map') }}
    group by auditable_type

),

seed_names_listed as (

    select
        seed_file,
        line + 2 as line_number,
        column_name,
        place,
        owner,
        name

    from seed_names

)

select * from seed_names_listed
