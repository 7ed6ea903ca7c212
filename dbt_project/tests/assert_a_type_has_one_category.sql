-- A type in two categories would make the category of an unlisted update arbitrary.
with

category_map as (

    select * from {{ ref('category_map') }}

),

types_with_several as (

    select
        auditable_type,
        count(distinct category) as category_count

    from category_map

    group by auditable_type

    having count(distinct category) > 1

)

select * from types_with_several
