with

mapped_types as (

    select distinct auditable_type from {{ ref('category_map') }}

),

linked_types as (

    select
        auditable_type as linked_type,
        {{ foreign_key('auditable_type') }} as linked_key

    from mapped_types

),

-- CrmDealPerson joins a CrmDeal to a person; without a CrmSales, CrmSalesPerson is a record.
join_models as (

    select
        mapped_types.auditable_type as join_type,
        linked_types.linked_type,
        linked_types.linked_key

    from mapped_types

    inner join linked_types
        on mapped_types.auditable_type = linked_types.linked_type || 'Person'

)

select * from join_models
