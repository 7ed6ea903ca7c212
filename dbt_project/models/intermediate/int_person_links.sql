with

audits as (

    select * from {{ ref('stg_crm__audits') }}

),

branched as (

    select * from {{ ref('int_changes_branched') }}

),

join_types as (

    select
        auditable_type as join_type,
        regexp_replace(auditable_type, 'Person$', '') as linked_type,
        {{ foreign_key("regexp_replace(auditable_type, 'Person$', '')") }} as linked_key

    from {{ ref('category_map') }}

    where action = 'link'

),

join_audits as (

    select
        audits.audit_id,
        audits.auditable_id,
        audits.audit_action,
        audits.created_at,
        join_types.join_type,
        join_types.linked_type,
        {{ last_value_of('branched.changes', 'join_types.linked_key') }} as linked_id,
        {{ last_value_of('branched.changes', "'crm_person_id'") }} as crm_person_id

    from audits

    inner join join_types
        on audits.auditable_type = join_types.join_type

    inner join branched
        on audits.audit_id = branched.audit_id

),

unlinks as (

    select
        join_type,
        auditable_id,
        min(created_at) as unlinked_at

    from join_audits

    where audit_action = 'destroy'

    group by join_type, auditable_id

),

person_links as (

    select
        join_audits.audit_id as link_audit_id,
        {{ person_id('join_audits.linked_id') }} as linked_id,
        {{ person_id('join_audits.crm_person_id') }} as crm_person_id,

        join_audits.linked_type,

        join_audits.created_at as linked_at,
        unlinks.unlinked_at

    from join_audits

    left join unlinks
        on
            join_audits.join_type = unlinks.join_type
            and join_audits.auditable_id = unlinks.auditable_id

    where
        join_audits.audit_action <> 'destroy'
        and {{ person_id('join_audits.linked_id') }} is not null
        and {{ person_id('join_audits.crm_person_id') }} is not null

    -- A merged row has swallowed the create: then the first audit of the link opens it.
    qualify row_number() over (
        partition by join_audits.join_type, join_audits.auditable_id
        order by
            join_audits.audit_action <> 'create',
            join_audits.created_at,
            join_audits.audit_id
    ) = 1

)

select * from person_links
