with

sample_differences as (

    select * from {{ ref('stg_readback__sample_differences') }}

),

audit_outcomes as (

    select * from {{ ref('audit_outcomes') }}

),

sample_differences_explained as (

    select
        sample_differences.audit_id,
        sample_differences.external_id,

        audit_outcomes.category,
        audit_outcomes.parser,
        sample_differences.field,
        sample_differences.expected,
        sample_differences.actual

    from sample_differences

    left join audit_outcomes
        on sample_differences.audit_id = audit_outcomes.audit_id

)

select * from sample_differences_explained
