with

audits as (

    select * from {{ ref('stg_crm__audits') }}

),

ready as (

    select * from {{ ref('audit_outcomes') }}
    where outcome = 'ready'

),

activity_logs as (

    select
        audits.audit_id,
        {{ external_id('audits.audit_id') }} as external_id,
        ready.company_sso_id,
        ready.contact_id as customer_id,
        actors.sso_user_id as user_id,

        'crm_migration' as source_tag,
        ready.category,
        ready.action,

        struct_pack(
            type := actors.actor_type,
            name := actors.actor_name,
            crm_user_id := actors.crm_user_id
        ) as actor,
        to_json(paired.changes)::varchar as changes,
        struct_pack(
            crm_audit_id := audits.audit_id,
            auditable_type := audits.auditable_type,
            auditable_id := audits.auditable_id,
            associated_type := audits.associated_type,
            associated_id := audits.associated_id,
            crm_person_id := ready.crm_person_id,
            audit_action := audits.audit_action,
            version := audits.version,
            comment := audits.comment,
            remote_address := audits.remote_address,
            request_uuid := audits.request_uuid,
            contact_source := ready.contact_source,
            parser := ready.parser
        ) as metadata,

        date_trunc('millisecond', audits.created_at) as created_at

    from ready

    inner join audits
        on ready.audit_id = audits.audit_id

    inner join {{ ref('int_changes_paired') }} as paired
        on ready.audit_id = paired.audit_id

    inner join {{ ref('int_actors_resolved') }} as actors
        on ready.audit_id = actors.audit_id

)

select * from activity_logs
