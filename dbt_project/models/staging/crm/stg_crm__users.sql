with

source as (

    select * from {{ source('raw_crm', 'users') }}

),

renamed as (

    select
        id as crm_user_id,

        lower(trim(email)) as email,
        nullif(trim(full_name), '') as full_name,

        deleted_at is not null as is_deleted

    from source

)

select * from renamed
