with

audit_explained as (

    select
        outcomes.audit_id,
        contacts.comment_person_id,
        contacts.changes_person_id,
        contacts.auditable_person_id,
        contacts.associated_person_id,
        contacts.link_person_id,
        outcomes.crm_person_id,
        outcomes.contact_id,
        actors.sso_user_id,

        outcomes.parser,
        parsed.parse_error,
        to_json(paired.changes)::varchar as changes,
        contacts.person_source,
        contacts.link_lookup,
        contacts.source_id_lookup,
        contacts.id_map_lookup,
        outcomes.contact_source,
        actors.crm_user_lookup,
        actors.sso_user_lookup,
        actors.actor_type,
        actors.actor_name,
        outcomes.category,
        outcomes.action,
        decided.category_rule,
        outcomes.outcome,
        outcomes.reason,
        outcomes.reason_detail,
        load_failures.reason as load_reason,
        load_failures.message as load_message,

        contacts.contact_count,

        parsed.unknown_tags,
        paired.denied_field_names,
        status_sets.statuses

    from {{ ref('audit_outcomes') }} as outcomes

    inner join {{ ref('int_audits_parsed') }} as parsed
        on outcomes.audit_id = parsed.audit_id

    inner join {{ ref('int_changes_paired') }} as paired
        on outcomes.audit_id = paired.audit_id

    inner join {{ ref('int_contacts_traced') }} as contacts
        on outcomes.audit_id = contacts.audit_id

    inner join {{ ref('int_actors_resolved') }} as actors
        on outcomes.audit_id = actors.audit_id

    inner join {{ ref('int_categories_decided') }} as decided
        on outcomes.audit_id = decided.audit_id

    left join {{ ref('int_status_sets_gathered') }} as status_sets
        on
            outcomes.auditable_type = status_sets.auditable_type
            and outcomes.action = status_sets.action
            and decided.category_rule = 'status'

    left join {{ ref('stg_readback__load_failures') }} as load_failures
        on outcomes.audit_id = load_failures.audit_id

)

select * from audit_explained
