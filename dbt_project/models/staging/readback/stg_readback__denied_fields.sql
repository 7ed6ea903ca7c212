with

source as (

    select * from {{ source('readback', 'denied_fields') }}

),

renamed as (

    select
        external_id,

        field

    from source

)

select * from renamed
