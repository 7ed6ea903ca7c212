with

status_sets as (

    select * from {{ ref('int_status_sets_applied') }}

),

updates as (

    select
        statuses_reached.audit_id,
        statuses_reached.action,

        audits.auditable_type,
        paired.changes

    from {{ ref('int_statuses_reached') }} as statuses_reached

    inner join {{ ref('stg_crm__audits') }} as audits
        on statuses_reached.audit_id = audits.audit_id

    inner join {{ ref('int_changes_paired') }} as paired
        on statuses_reached.audit_id = paired.audit_id

),

statuses_applied as (

    select
        status_sets.auditable_type,
        status_sets.field,
        status_sets.status_id,
        status_sets.action,

        count(updates.audit_id) as audit_count,

        min(updates.audit_id, 5) as sample_audit_ids

    from status_sets

    left join updates
        on
            status_sets.auditable_type = updates.auditable_type
            and status_sets.action = updates.action
            and {{ new_value_of('updates.changes', 'status_sets.field') }}
            = status_sets.status_id

    group by all

)

select * from statuses_applied
