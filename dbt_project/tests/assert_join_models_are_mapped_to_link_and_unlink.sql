-- A join model's create is a link and its destroy an unlink before the map is asked:
-- a row that says otherwise would be ignored without a word.
with

category_map as (

    select * from {{ ref('category_map') }}

),

types_mapped as (

    select * from {{ ref('int_types_mapped') }}

),

rows_ignored as (

    select
        category_map.auditable_type,
        category_map.audit_action,
        category_map.action

    from category_map

    inner join types_mapped
        on category_map.auditable_type = types_mapped.auditable_type

    where
        category_map.action
        <> {{ join_action('types_mapped.linked_type', 'category_map.audit_action') }}

)

select * from rows_ignored
