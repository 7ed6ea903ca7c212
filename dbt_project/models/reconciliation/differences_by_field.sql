with

field_differences as (

    select * from {{ ref('stg_readback__field_differences') }}

),

differences_by_field as (

    select
        field,

        count(*) as log_count,

        min(external_id, 5) as sample_external_ids

    from field_differences

    group by field

)

select * from differences_by_field
