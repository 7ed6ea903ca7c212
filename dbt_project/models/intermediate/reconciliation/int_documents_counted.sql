with

activity_logs as (

    select * from {{ ref('activity_logs') }}

),

stored as (

    select * from {{ ref('stg_readback__activity_logs') }}

),

load_failures as (

    select * from {{ ref('stg_readback__load_failures') }}

),

-- A document of other content under an audit's key counts once, as a document.
failures_without_document as (

    select load_failures.audit_id

    from load_failures

    left join stored
        on load_failures.external_id = stored.external_id

    where stored.external_id is null

),

documents_counted as (

    select
        'kept' as place,
        count(*) as document_count

    from {{ ref('int_logs_kept') }}

    union all

    select
        'documents' as place,
        count(*) as document_count
    from activity_logs

    union all

    select
        'loaded' as place,
        count(*) as document_count
    from stored

    union all

    select
        'failed to load' as place,
        count(*) as document_count
    from failures_without_document

)

select * from documents_counted
