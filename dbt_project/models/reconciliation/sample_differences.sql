with

sampled as (

    select * from {{ ref('stg_readback__sample_differences') }}

),

audit_outcomes as (

    select * from {{ ref('audit_outcomes') }}

),

sample_differences as (

    select
        sampled.audit_id,
        sampled.external_id,

        audit_outcomes.category,
        audit_outcomes.parser,
        sampled.field,
        sampled.expected,
        sampled.actual

    from sampled

    left join audit_outcomes
        on sampled.audit_id = audit_outcomes.audit_id

)

select * from sample_differences
