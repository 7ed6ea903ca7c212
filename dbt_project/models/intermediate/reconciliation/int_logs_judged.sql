with

unexplained as (

    select distinct external_id
    from {{ ref('int_fields_explained') }}
    where cause is null

),

logs_judged as (

    select
        placed.external_id,
        placed.audit_id,

        case
            when placed.is_expected and not placed.has_own_hash then 'changed'
            when placed.is_expected and placed.actual_hash = placed.expected_hash
                then 'equal'
            when placed.is_expected and unexplained.external_id is not null
                then 'changed'
            when placed.is_expected and (placed.is_of_a_job or placed.is_pushed)
                then 'drifted'
            when placed.is_expected then 'changed'
            when placed.outcome is not null and placed.has_own_hash and placed.is_pushed
                then 'drifted'
            when not coalesce(claimed.is_within_its_job, false) then 'extra'
            when placed.outcome is not null then 'drifted'
            else 'kept'
        end as standing,

        placed.is_expected,
        placed.is_same_naming,

        placed.created_at

    from {{ ref('int_logs_placed') }} as placed

    left join {{ ref('int_logs_claimed') }} as claimed
        on placed.external_id = claimed.external_id

    left join unexplained
        on placed.external_id = unexplained.external_id

)

select * from logs_judged
