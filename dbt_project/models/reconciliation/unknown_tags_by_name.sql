with

audits_parsed as (

    select * from {{ ref('int_audits_parsed') }}

),

tags as (

    select
        audit_id,
        unnest(unknown_tags) as tag

    from audits_parsed

),

unknown_tags_by_name as (

    select
        tag,

        count(*) as audit_count,

        min(audit_id, 5) as sample_audit_ids

    from tags

    group by tag

)

select * from unknown_tags_by_name
