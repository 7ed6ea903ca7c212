with

source as (

    select * from {{ source('readback', 'sample_differences') }}

),

renamed as (

    select
        audit_id,
        external_id,

        field,
        expected,
        actual

    from source

)

select * from renamed
