with

accounts as (

    select count(*) as account_count from {{ ref('int_accounts_current') }}

),

source_counts as (

    select
        coalesce(sum(audit_count), 0) as all_count,
        coalesce(sum(audit_count) filter (where is_in_scope), 0) as source_count,
        coalesce(sum(audit_count) filter (where not is_in_scope), 0)
            as out_of_scope_count

    from {{ ref('stg_crm__audit_counts') }}

),

staged_counts as (

    select count(*) as staged_count from {{ ref('stg_crm__audits') }}

),

outcome_counts as (

    select
        count(*) as classified_count,
        count(*) filter (where outcome = 'ready') as ready_count

    from {{ ref('audit_outcomes') }}

),

document_counts as (

    select count(*) as document_count from {{ ref('activity_logs') }}

),

loaded_counts as (

    select count(*) as loaded_count from {{ source('readback', 'activity_logs') }}

),

-- A document of other content under an audit's key counts once, as a document.
failure_counts as (

    select count(*) as load_failure_count

    from {{ source('readback', 'load_failures') }} as failures

    left join {{ source('readback', 'activity_logs') }} as stored
        on 'crm_audit_' || failures.audit_id = stored.external_id

    where stored.external_id is null

),

hops as (

    select
        1 as hop_number,
        'all audits' as hop,
        source_counts.all_count as expected_count,
        source_counts.out_of_scope_count + source_counts.source_count as actual_count

    from source_counts

    union all

    select
        2 as hop_number,
        'staged' as hop,
        source_counts.source_count as expected_count,
        staged_counts.staged_count as actual_count

    from source_counts

    cross join staged_counts

    union all

    select
        3 as hop_number,
        'classified' as hop,
        staged_counts.staged_count as expected_count,
        outcome_counts.classified_count as actual_count

    from staged_counts

    cross join outcome_counts

    union all

    select
        4 as hop_number,
        'documents' as hop,
        outcome_counts.ready_count as expected_count,
        document_counts.document_count as actual_count

    from outcome_counts

    cross join document_counts

    union all

    select
        5 as hop_number,
        'loaded' as hop,
        document_counts.document_count as expected_count,
        loaded_counts.loaded_count + failure_counts.load_failure_count as actual_count

    from document_counts

    cross join loaded_counts

    cross join failure_counts

),

balance as (

    select
        hops.hop_number,

        hops.hop,

        hops.expected_count::bigint as expected_count,
        hops.actual_count::bigint as actual_count,
        (hops.actual_count - hops.expected_count)::bigint as difference,

        hops.actual_count = hops.expected_count as is_closed

    from hops

    inner join accounts
        on accounts.account_count = 1

)

select * from balance
