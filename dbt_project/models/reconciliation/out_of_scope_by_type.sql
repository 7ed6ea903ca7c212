with

audit_counts as (

    select * from {{ ref('stg_crm__audit_counts') }}

),

out_of_scope_by_type as (

    select
        auditable_type,
        audit_action,

        sum(audit_count)::bigint as audit_count

    from audit_counts

    where not is_in_scope

    group by auditable_type, audit_action

)

select * from out_of_scope_by_type
