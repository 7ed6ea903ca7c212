with

-- A test of the seed holds that a type has one category, so the least is the one.
types as (

    select
        auditable_type,
        min(category) as category

    from {{ ref('category_map') }}

    group by auditable_type

),

linked_types as (

    select
        auditable_type as linked_type,
        {{ foreign_key('auditable_type') }} as linked_key

    from types

),

-- CrmDealPerson joins a CrmDeal; CrmSalesPerson, without a CrmSales, is a record.
types_mapped as (

    select
        types.auditable_type,
        types.category,
        linked_types.linked_type,
        linked_types.linked_key

    from types

    left join linked_types
        on types.auditable_type = linked_types.linked_type || 'Person'

)

select * from types_mapped
