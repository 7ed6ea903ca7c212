with

source as (

    select * from {{ source('raw_usman', 'users') }}

),

renamed as (

    select
        sso_id as sso_user_id,

        lower(trim(email)) as email,

        coalesce(lower(status) = 'active', false) as is_active

    from source

)

select * from renamed
