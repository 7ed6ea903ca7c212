with

source as (

    select * from {{ source('raw_crm', 'audit_counts') }}

),

renamed as (

    select
        auditable_type,
        action as audit_action,

        audit_count,

        is_in_scope,

        month as created_month

    from source

)

select * from renamed
