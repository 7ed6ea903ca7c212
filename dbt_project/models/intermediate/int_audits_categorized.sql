with

audits as (

    select * from {{ ref('stg_crm__audits') }}

),

categories as (

    select
        auditable_type,
        min(category) as category

    from {{ ref('category_map') }}

    group by auditable_type

),

status_actions as (

    select
        audits.audit_id,
        min(status_sets.action) as action

    from audits

    inner join {{ ref('int_changes_branched') }} as branched
        on audits.audit_id = branched.audit_id

    inner join {{ ref('int_status_sets_applied') }} as status_sets
        on audits.auditable_type = status_sets.auditable_type

    where
        audits.audit_action = 'update'
        and {{ new_value_of('branched.changes', 'status_sets.field') }}
        = status_sets.status_id

    group by audits.audit_id

),

audits_categorized as (

    select
        audits.audit_id,

        categories.category,
        case
            when status_actions.action is not null then status_actions.action
            when category_map.action is not null then category_map.action
            when
                audits.audit_action = 'update' and categories.category is not null
                then 'update'
        end as action,
        case
            when status_actions.action is not null then 'status'
            when category_map.action is not null then 'map'
            when
                audits.audit_action = 'update' and categories.category is not null
                then 'update'
            else 'none'
        end as category_rule

    from audits

    left join categories
        on audits.auditable_type = categories.auditable_type

    left join {{ ref('category_map') }} as category_map
        on
            audits.auditable_type = category_map.auditable_type
            and audits.audit_action = category_map.audit_action

    left join status_actions
        on audits.audit_id = status_actions.audit_id

)

select * from audits_categorized
