with

activity_logs as (

    select * from {{ ref('activity_logs') }}

),

load_failures as (

    select * from {{ ref('stg_readback__load_failures') }}

),

stored as (

    select * from {{ ref('stg_readback__activity_logs') }}

),

-- What failed to load is expected only where MongoDB has a document of its key.
expected as (

    select activity_logs.external_id

    from activity_logs

    left join load_failures
        on activity_logs.audit_id = load_failures.audit_id

    left join stored
        on activity_logs.external_id = stored.external_id

    where load_failures.audit_id is null or stored.external_id is not null

    union all

    select external_id
    from {{ ref('int_logs_kept') }}

),

fidelity_differences as (

    select
        coalesce(expected.external_id, stored.external_id) as external_id,

        case
            when stored.external_id is null then 'missing'
            when expected.external_id is null then 'extra'
            else 'content'
        end as difference

    from expected

    full join stored
        on expected.external_id = stored.external_id

    where
        stored.external_id is null
        or expected.external_id is null
        or stored.actual_hash is distinct from coalesce(
            stored.expected_hash, stored.stored_hash
        )
        or stored.actual_hash is distinct from stored.stored_hash

)

select * from fidelity_differences
