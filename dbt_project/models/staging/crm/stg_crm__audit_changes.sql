with

source as (

    select * from {{ source('raw_crm', 'audit_changes') }}

),

renamed as (

    select
        audit_id,

        parser,
        error as parse_error,

        value as document,
        unknown_tags

    from source

)

select * from renamed
