with

source as (

    select * from {{ source('readback', 'jobs') }}

),

renamed as (

    select
        job_id,
        last_audit_id,

        written_count,

        is_same_mapping,
        is_same_reader,
        is_same_rules,
        is_same_naming

    from source

)

select * from renamed
