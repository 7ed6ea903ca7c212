with

fidelity_differences as (

    select * from {{ ref('fidelity_differences') }}

),

differences_by_kind as (

    select
        difference,

        count(*) as log_count,

        min(external_id, 5) as sample_external_ids

    from fidelity_differences

    group by difference

)

select * from differences_by_kind
