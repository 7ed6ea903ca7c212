with

source as (

    select * from {{ source('raw_cdp', 'contacts') }}

),

renamed as (

    select
        _id as contact_id,

        company_sso_id,
        nullif(trim(source_id), '') as source_id

    from source

)

select * from renamed
