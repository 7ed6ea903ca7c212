with

unmatched as (

    select listed.*

    from {{ ref('int_seed_names_listed') }} as listed

    left join {{ ref('int_names_counted') }} as counted
        on
            listed.place = counted.place
            and listed.owner is not distinct from counted.owner
            and listed.name = counted.name

    where counted.name is null

),

-- Where no audit has the class, its keys and fields are no news.
unmatched_seed_lines as (

    select
        seed_file,
        column_name,
        name,

        line_number,
        0::bigint as audit_count

    from unmatched

    qualify row_number() over (
        partition by seed_file, line_number
        order by column_name
    ) = 1

)

select * from unmatched_seed_lines
