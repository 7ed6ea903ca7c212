with

logs_placed as (

    select
        stored.external_id,
        stored.audit_id,
        stored.job_id,
        stored.written_id,

        outcomes.outcome,
        stored.actual_hash,
        stored.expected_hash,

        coalesce(outcomes.outcome = 'ready', false) as is_expected,
        coalesce(stored.actual_hash = stored.stored_hash, false) as has_own_hash,
        coalesce(starts_with(stored.job_id, 'push-'), false) as is_pushed,
        coalesce(
            jobs.job_id is not null
            and stored.audit_id <= coalesce(jobs.last_audit_id, stored.audit_id),
            false
        ) as is_of_a_job,
        jobs.is_same_naming,

        stored.created_at

    from {{ ref('stg_readback__activity_logs') }} as stored

    left join {{ ref('audit_outcomes') }} as outcomes
        on stored.audit_id = outcomes.audit_id

    left join {{ ref('stg_readback__jobs') }} as jobs
        on stored.job_id = jobs.job_id

)

select * from logs_placed
