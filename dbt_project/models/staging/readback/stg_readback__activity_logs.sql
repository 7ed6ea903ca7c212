with

source as (

    select * from {{ source('readback', 'activity_logs') }}

),

renamed as (

    select
        external_id,
        audit_id,
        job_id,
        written_id,

        category,
        action,
        stored_hash,
        actual_hash,
        expected_hash,

        created_at

    from source

)

select * from renamed
