with

join_audits as (

    select
        audits.audit_id,
        audits.auditable_type,
        audits.auditable_id,
        {{ last_value_of('paired.changes', 'join_models.linked_key') }} as linked_value,
        {{ last_value_of('paired.changes', 'join_models.person_key') }} as person_value,
        {{ person_id('linked_value') }} as linked_id,
        {{ person_id('person_value') }} as crm_person_id,

        audits.audit_action,
        join_models.linked_type,

        audits.created_at

    from {{ ref('stg_crm__audits') }} as audits

    inner join {{ ref('int_types_mapped') }} as join_models
        on
            audits.auditable_type = join_models.auditable_type
            and join_models.linked_type is not null

    inner join {{ ref('int_changes_paired') }} as paired
        on audits.audit_id = paired.audit_id

),

-- A merged row has swallowed the create: then the first audit of the link opens it.
links as (

    select
        linked_type,
        min_by(
            join_audits,
            struct_pack(
                is_merged := audit_action <> 'create',
                created_at := created_at,
                audit_id := audit_id
            )
        ) filter (
            where
            audit_action <> 'destroy'
            and linked_id is not null
            and crm_person_id is not null
        ) as opening,
        min(created_at) filter (where audit_action = 'destroy') as unlinked_at

    from join_audits

    group by linked_type, auditable_type, auditable_id

),

links_dated as (

    select
        opening.audit_id as link_audit_id,
        opening.linked_id,
        opening.crm_person_id,

        linked_type,

        opening.created_at as linked_at,
        unlinked_at

    from links

    where opening is not null

)

select * from links_dated
