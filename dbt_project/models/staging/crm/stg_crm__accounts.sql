with

source as (

    select * from {{ source('raw_crm', 'accounts') }}

),

renamed as (

    select account from source

)

select * from renamed
