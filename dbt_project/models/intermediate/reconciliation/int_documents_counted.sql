with

activity_logs as (

    select * from {{ ref('activity_logs') }}

),

judged as (

    select * from {{ ref('int_logs_judged') }}

),

load_failures as (

    select * from {{ ref('stg_readback__load_failures') }}

),

-- An audit that could not be written, though its key is taken, counts once.
failures_without_document as (

    select load_failures.audit_id

    from load_failures

    left join judged
        on load_failures.audit_id = judged.audit_id

    where judged.audit_id is null

),

documents_counted as (

    select
        'documents' as place,
        count(*) as document_count
    from activity_logs

    union all

    select
        unnest(['kept', 'present', 'loaded']) as place,
        unnest([
            count(*) filter (where standing = 'kept'),
            count(*) filter (where standing = 'drifted' and not is_expected),
            count(*)
        ]) as document_count
    from judged

    union all

    select
        'failed to load' as place,
        count(*) as document_count
    from failures_without_document

)

select * from documents_counted
