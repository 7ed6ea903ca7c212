with

branched as (

    select * from {{ ref('int_changes_branched') }}

),

names as (

    select unnest(denied_field_names) as field from branched

),

denied_fields_by_name as (

    select
        field,

        count(*) as dropped_count

    from names

    group by field

)

select * from denied_fields_by_name
