with

source as (

    select * from {{ source('readback', 'field_differences') }}

),

-- The values may be personal data: only the names of the fields go on.
renamed as (

    select
        external_id,

        field

    from source

)

select * from renamed
