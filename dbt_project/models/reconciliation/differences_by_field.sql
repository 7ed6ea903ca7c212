with

field_differences as (

    select * from {{ ref('stg_readback__field_differences') }}

),

fidelity_differences as (

    select * from {{ ref('fidelity_differences') }}

),

differences_by_field as (

    select
        field_differences.field,

        count(*) as log_count,

        min(field_differences.external_id, 5) as sample_external_ids

    from field_differences

    inner join fidelity_differences
        on field_differences.external_id = fidelity_differences.external_id

    group by field_differences.field

)

select * from differences_by_field
