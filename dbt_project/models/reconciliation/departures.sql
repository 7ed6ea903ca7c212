with

types_mapped as (

    select * from {{ ref('int_types_mapped') }}

),

judged as (

    select * from {{ ref('int_logs_judged') }}

),

-- The steps are those of balance_steps: 2 staged, 3 ready, 4 loaded.
left_behind as (

    select
        2 as step_number,
        'out of scope' as kind,
        case
            when types_mapped.auditable_type is null then 'type_not_mapped'
            else 'older_than_cutoff'
        end as reason,
        out_of_scope_by_type.audit_count

    from {{ ref('out_of_scope_by_type') }} as out_of_scope_by_type

    left join types_mapped
        on out_of_scope_by_type.auditable_type = types_mapped.auditable_type

    union all

    select
        3 as step_number,
        outcomes.outcome as kind,
        outcomes.reason,
        1 as audit_count

    from {{ ref('audit_outcomes') }} as outcomes

    left join judged
        on outcomes.audit_id = judged.audit_id and judged.standing = 'drifted'

    where outcomes.outcome <> 'ready' and judged.audit_id is null

    union all

    select
        4 as step_number,
        'failed' as kind,
        load_failures.reason,
        1 as audit_count

    from {{ ref('stg_readback__load_failures') }} as load_failures

    left join judged
        on load_failures.audit_id = judged.audit_id

    where judged.audit_id is null

),

departures as (

    select
        step_number,

        kind,
        reason,

        sum(audit_count)::bigint as audit_count

    from left_behind

    group by step_number, kind, reason

)

select * from departures
