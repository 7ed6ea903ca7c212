with

-- An audit of which there is a document has arrived, whatever the rules say today.
outcomes as (

    select
        count(*) as classified_count,
        count(*) filter (
            where outcomes.outcome = 'skipped' and judged.audit_id is null
        ) as skipped_count,
        count(*) filter (
            where outcomes.outcome = 'failed' and judged.audit_id is null
        ) as failed_count

    from {{ ref('audit_outcomes') }} as outcomes

    left join {{ ref('int_logs_judged') }} as judged
        on outcomes.audit_id = judged.audit_id and judged.standing = 'drifted'

),

documents as (

    select
        max(document_count) filter (where place = 'documents') as ready_count,
        max(document_count) filter (where place = 'kept') as kept_count,
        max(document_count) filter (where place = 'present') as present_count,
        max(document_count) filter (where place = 'failed to load') as unloaded_count

    from {{ ref('int_documents_counted') }}

),

extracts as (

    select max_by(source_count, extracted_at) as source_count
    from {{ ref('stg_crm__extracts') }}

),

figures_counted as (

    select
        accounts.company_sso_id,

        outcomes.classified_count,
        outcomes.skipped_count,
        outcomes.failed_count,
        documents.ready_count,
        documents.kept_count,
        documents.present_count,
        documents.unloaded_count,
        extracts.source_count,
        source_counts.source_count as source_count_now,
        source_counts.mongo_count,

        source_counts.counted_at

    from {{ ref('int_accounts_current') }} as accounts

    cross join outcomes

    cross join documents

    cross join extracts

    left join {{ ref('stg_readback__source_counts') }} as source_counts
        on true

)

select * from figures_counted
