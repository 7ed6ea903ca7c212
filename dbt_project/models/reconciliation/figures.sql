with

differences as (

    select
        count(*) as difference_count,
        count(*) filter (where difference = 'extra') as extra_count

    from {{ ref('fidelity_differences') }}

),

drift as (

    select count(distinct external_id) as drifted_count
    from {{ ref('drift') }}

),

counted as (

    select
        counts.*,
        differences.difference_count,
        differences.difference_count - differences.extra_count as unequal_count,
        drift.drifted_count,

        counts.mongo_count - counts.kept_count as accounted_count,
        accounted_count - differences.extra_count as arrived_count,
        accounted_count + counts.skipped_count + counts.failed_count
        + counts.unloaded_count as explained_count,
        greatest(counts.source_count_now, arrived_count) as most_count,
        greatest(most_count - counts.skipped_count, arrived_count) as eligible_count,
        counts.ready_count + counts.kept_count + counts.present_count
        - counts.unloaded_count as expected_count,
        expected_count - unequal_count as as_written_count,
        as_written_count - drift.drifted_count as current_count

    from {{ ref('int_figures_counted') }} as counts

    cross join differences

    cross join drift

),

figures as (

    select
        company_sso_id,

        round(100 * arrived_count / nullif(most_count, 0), 4) as accuracy_pct,
        round(100 * explained_count / nullif(source_count, 0), 4) as explained_pct,
        round(100 * arrived_count / nullif(eligible_count, 0), 4)
            as eligible_accuracy_pct,
        round(100 * as_written_count / nullif(expected_count, 0), 4) as fidelity_pct,
        round(100 * current_count / nullif(expected_count, 0), 4) as current_pct,

        source_count,
        source_count_now,
        classified_count,
        skipped_count,
        failed_count,
        ready_count,
        unloaded_count,
        kept_count,
        present_count,
        mongo_count,
        expected_count,
        difference_count,
        drifted_count,

        counted_at

    from counted

)

select * from figures
