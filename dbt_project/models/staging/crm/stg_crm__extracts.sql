with

source as (

    select * from {{ source('raw_crm', 'extracts') }}

),

renamed as (

    select
        max_id as max_audit_id,

        source_count,
        staged_count,
        late_count,
        changed_count,
        gone_count,

        cutoff as cutoff_at,
        extracted_at

    from source

)

select * from renamed
