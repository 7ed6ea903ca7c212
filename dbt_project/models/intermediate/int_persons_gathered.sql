with

lines as (

    select
        auditable_type,
        key,
        rowid as line

    from {{ ref('crm_types') }}

    where role = 'person'

),

persons_gathered as (

    select
        coalesce(list(auditable_type order by line), []) as types,
        coalesce(list(key order by line), []) as keys

    from lines

)

select * from persons_gathered
