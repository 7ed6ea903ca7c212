with

paired as (

    select * from {{ ref('int_changes_paired') }}

),

names as (

    select unnest(denied_field_names) as field from paired

),

denied_fields_by_name as (

    select
        field,

        count(*) as dropped_count

    from names

    group by field

)

select * from denied_fields_by_name
