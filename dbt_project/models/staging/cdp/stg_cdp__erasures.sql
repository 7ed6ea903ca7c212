with

source as (

    select * from {{ source('raw_cdp', 'erasures') }}

),

renamed as (

    select
        customer_id as contact_id,
        crm_person_id,

        company_sso_id

    from source

)

select * from renamed
