with

source as (

    select * from {{ source('readback', 'source_counts') }}

),

renamed as (

    select
        source_count,
        mongo_count,

        counted_at

    from source

)

select * from renamed
