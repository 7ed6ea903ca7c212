with

audits as (

    select * from {{ ref('stg_crm__audits') }}

),

category_map as (

    select * from {{ ref('category_map') }}

),

rules_applied as (

    select
        audits.audit_id,
        types_mapped.category,
        statuses_reached.action as status_action,
        category_map.action as map_action,
        case
            when statuses_reached.action is not null then 'status'
            when
                types_mapped.linked_type is not null
                and audits.audit_action = 'create'
                then 'link'
            when
                types_mapped.linked_type is not null
                and audits.audit_action = 'destroy'
                then 'unlink'
            when category_map.action is not null then 'map'
            when
                types_mapped.category is not null
                and audits.audit_action = 'update'
                then 'update'
            else 'none'
        end as category_rule

    from audits

    left join {{ ref('int_types_mapped') }} as types_mapped
        on audits.auditable_type = types_mapped.auditable_type

    left join {{ ref('int_statuses_reached') }} as statuses_reached
        on audits.audit_id = statuses_reached.audit_id

    left join category_map
        on
            audits.auditable_type = category_map.auditable_type
            and audits.audit_action = category_map.audit_action

),

-- The rules of links and updates have the name of the action they give.
audits_categorized as (

    select
        audit_id,

        category,
        case category_rule
            when 'status' then status_action
            when 'map' then map_action
            when 'none' then null
            else category_rule
        end as action,
        category_rule

    from rules_applied

)

select * from audits_categorized
