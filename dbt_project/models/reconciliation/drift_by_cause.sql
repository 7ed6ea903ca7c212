with

-- In this order a document that has several causes is counted once.
causes (cause_number, cause) as (

    values
    (1, 'denied'),
    (2, 'source'),
    (3, 'contact'),
    (4, 'mapping'),
    (5, 'actor'),
    (6, 'rules')

),

first_causes as (

    select
        drift.external_id,
        min(causes.cause_number) as cause_number

    from {{ ref('drift') }} as drift

    inner join causes
        on drift.cause = causes.cause

    group by drift.external_id

),

counts as (

    select
        cause_number,

        count(*) as log_count,

        min(external_id, 5) as sample_external_ids

    from first_causes

    group by cause_number

),

drift_by_cause as (

    select
        causes.cause_number,

        causes.cause,

        counts.log_count,

        counts.sample_external_ids

    from counts

    inner join causes
        on counts.cause_number = causes.cause_number

)

select * from drift_by_cause
