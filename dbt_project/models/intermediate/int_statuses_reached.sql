with

updates as (

    select * from {{ ref('stg_crm__audits') }}
    where audit_action = 'update'

),

paired as (

    select * from {{ ref('int_changes_paired') }}

),

status_sets as (

    select * from {{ ref('int_status_sets_applied') }}

),

-- Where an update reaches statuses in two fields, the first action by name counts: one
-- audit is one activity log.
statuses_reached as (

    select
        updates.audit_id,

        min(status_sets.action) as action

    from updates

    inner join paired
        on updates.audit_id = paired.audit_id

    inner join status_sets
        on
            updates.auditable_type = status_sets.auditable_type
            and {{ new_value_of('paired.changes', 'status_sets.field') }}
            = status_sets.status_id

    group by updates.audit_id

)

select * from statuses_reached
