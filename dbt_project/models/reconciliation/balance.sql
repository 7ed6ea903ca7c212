with

counts as (

    select
        place,
        audit_count as found_count
    from {{ ref('int_audits_counted') }}

    union all

    select
        place,
        document_count as found_count
    from {{ ref('int_documents_counted') }}

),

-- Each hop compares the sum of some counts with the sum of others.
hops (hop_number, hop, expected_places, actual_places) as (

    values
    (1, 'all audits', ['all'], ['in scope', 'out of scope']),
    (2, 'staged', ['in scope'], ['staged']),
    (3, 'classified', ['staged'], ['classified']),
    (4, 'documents', ['ready'], ['documents']),
    (5, 'loaded', ['documents', 'present', 'kept'], ['loaded', 'failed to load'])

),

hop_counts as (

    select
        hops.hop_number,
        hops.hop,
        sum(counts.found_count) filter (
            where list_contains(hops.expected_places, counts.place)
        ) as expected_count,
        sum(counts.found_count) filter (
            where list_contains(hops.actual_places, counts.place)
        ) as actual_count

    from hops

    cross join counts

    group by hops.hop_number, hops.hop

),

balance as (

    select
        hop_number,

        hop,

        expected_count::bigint as expected_count,
        actual_count::bigint as actual_count,
        (actual_count - expected_count)::bigint as difference,

        actual_count = expected_count as is_closed

    from hop_counts

)

select * from balance
