with

-- A test of the seed holds that a type has one category, so the least is the one.
categories as (

    select
        auditable_type,
        min(category) as category

    from {{ ref('category_map') }}

    group by auditable_type

),

join_models as (

    select
        join_models.auditable_type,
        join_models.linked_type,
        join_models.linked_key,
        join_models.person_key,
        categories.category as linked_category

    from {{ ref('join_models') }} as join_models

    left join categories
        on join_models.linked_type = categories.auditable_type

),

-- A join model needs no line in the category map: it takes that of the linked type.
types_mapped as (

    select
        coalesce(categories.auditable_type, join_models.auditable_type)
            as auditable_type,
        coalesce(categories.category, join_models.linked_category) as category,
        join_models.linked_type,
        join_models.linked_key,
        join_models.person_key

    from categories

    full join join_models
        on categories.auditable_type = join_models.auditable_type

)

select * from types_mapped
