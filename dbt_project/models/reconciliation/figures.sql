with

differences as (

    select
        count(*) as difference_count,
        count(*) filter (where difference <> 'extra') as unequal_count

    from {{ ref('fidelity_differences') }}

),

counted as (

    select
        counts.*,
        differences.difference_count,
        differences.unequal_count

    from {{ ref('int_figures_counted') }} as counts

    cross join differences

),

parts as (

    select
        *,

        mongo_count - kept_count + skipped_count + failed_count + unloaded_count
            as explained_count,
        greatest(source_count_now - skipped_count, 0) as eligible_count,
        ready_count + kept_count - unloaded_count as expected_count

    from counted

),

figures as (

    select
        company_sso_id,

        round(100 * mongo_count / nullif(source_count_now, 0), 4) as accuracy_pct,
        round(100 * explained_count / nullif(source_count, 0), 4) as explained_pct,
        round(100 * (mongo_count - kept_count) / nullif(eligible_count, 0), 4)
            as eligible_accuracy_pct,
        round(
            100 * (expected_count - unequal_count) / nullif(expected_count, 0), 4
        ) as fidelity_pct,

        source_count,
        source_count_now,
        classified_count,
        skipped_count,
        failed_count,
        ready_count,
        unloaded_count,
        kept_count,
        mongo_count,
        expected_count,
        difference_count,

        counted_at

    from parts

)

select * from figures
