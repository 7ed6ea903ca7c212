with

judged as (

    select * from {{ ref('int_logs_judged') }}

),

load_failures as (

    select * from {{ ref('stg_readback__load_failures') }}

),

fidelity_differences as (

    select
        external_id,

        if(standing = 'changed', 'content', 'extra') as difference

    from judged

    where standing in ('changed', 'extra')

    union all

    select
        activity_logs.external_id,

        'missing' as difference

    from {{ ref('activity_logs') }} as activity_logs

    left join judged
        on activity_logs.audit_id = judged.audit_id

    left join load_failures
        on activity_logs.audit_id = load_failures.audit_id

    where judged.audit_id is null and load_failures.audit_id is null

)

select * from fidelity_differences
