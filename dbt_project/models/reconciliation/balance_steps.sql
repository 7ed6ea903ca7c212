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

-- A document that was written before its audit was to be skipped goes with the ready.
steps (step_number, step, places) as (

    values
    (1, 'all audits', ['all']),
    (2, 'staged', ['staged']),
    (3, 'ready', ['ready', 'present']),
    (4, 'loaded', ['loaded'])

),

-- Of the documents those count that still have an audit.
going_on as (

    select
        steps.step_number,
        sum(counts.found_count) filter (
            where list_contains(steps.places, counts.place)
        )
        - if(
            steps.step_number = 4,
            sum(counts.found_count) filter (where counts.place = 'kept'),
            0
        ) as audit_count

    from steps

    cross join counts

    group by steps.step_number

),

balance_steps as (

    select
        steps.step_number,

        steps.step,

        going_on.audit_count::bigint as audit_count,
        coalesce(sum(departures.audit_count), 0)::bigint as departed_count

    from steps

    inner join going_on
        on steps.step_number = going_on.step_number

    left join {{ ref('departures') }} as departures
        on steps.step_number = departures.step_number

    group by steps.step_number, steps.step, going_on.audit_count

)

select * from balance_steps
