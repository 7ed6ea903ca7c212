with

source as (

    select * from {{ source('raw_crm', 'gone_audits') }}

),

renamed as (

    select
        id as audit_id,

        max(gone_at) as gone_at

    from source

    group by id

)

select * from renamed
