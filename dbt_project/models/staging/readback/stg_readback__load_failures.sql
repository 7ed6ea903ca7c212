with

source as (

    select * from {{ source('readback', 'load_failures') }}

),

renamed as (

    select
        audit_id,
        {{ external_id('audit_id') }} as external_id,

        reason,
        message

    from source

)

select * from renamed
