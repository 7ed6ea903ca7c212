-- A type in two categories would make the category of an unlisted update arbitrary.
{{ config(fail_calc=in_words()) }}

with

category_map as (

    select * from {{ ref('category_map') }}

),

types_with_several as (

    select
        'category_map.csv: ' || auditable_type || ' is in several categories: '
        || string_agg(distinct category, ', ' order by category) as problem

    from category_map

    group by auditable_type

    having count(distinct category) > 1

)

select * from types_with_several
