with

placed as (

    select * from {{ ref('int_logs_placed') }}

),

-- What a job wrote, less what the mart expects, is all that can be its own besides.
rooms as (

    select
        placed.job_id,
        max(jobs.written_count) - count(*) filter (where placed.is_expected)
            as free_count

    from placed

    inner join {{ ref('stg_readback__jobs') }} as jobs
        on placed.job_id = jobs.job_id

    group by placed.job_id

),

claims as (

    select
        external_id,
        job_id,

        row_number() over (
            partition by job_id
            order by written_id, external_id
        ) as claim_number

    from placed

    where not is_expected and has_own_hash and is_of_a_job

),

-- Where there are more than that, the newest are those that somebody else wrote.
logs_claimed as (

    select
        claims.external_id,

        coalesce(claims.claim_number <= rooms.free_count, true) as is_within_its_job

    from claims

    inner join rooms
        on claims.job_id = rooms.job_id

)

select * from logs_claimed
