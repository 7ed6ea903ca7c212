with

audits as (

    select
        audits.*,
        paired.changes,
        coalesce(audits.long_comment, audits.comment) as read_comment,
        if({{ is_json('read_comment') }}, read_comment::json, null) as document,
        crm_types.person_types,
        list_prepend(types_mapped.person_key, crm_types.person_keys) as person_keys

    from {{ ref('stg_crm__audits') }} as audits

    cross join {{ ref('int_crm_types_gathered') }} as crm_types

    left join {{ ref('int_types_mapped') }} as types_mapped
        on audits.auditable_type = types_mapped.auditable_type

    left join {{ ref('int_changes_paired') }} as paired
        on audits.audit_id = paired.audit_id

),

members as (

    select
        *,
        {{ comment_members('document', 'person_keys') }} as comment_members,
        {{ changes_members('changes', 'person_keys') }} as changes_members

    from audits

),

candidates as (

    select
        audit_id,
        {{ first_person('comment_members', 'person_keys') }} as comment_person,
        {{ first_person('changes_members', 'person_keys') }} as changes_person,
        case
            when list_contains(person_types, auditable_type) and auditable_id > 0
                then auditable_id
        end as auditable_person_id,
        case
            when list_contains(person_types, associated_type) and associated_id > 0
                then associated_id
        end as associated_person_id

    from members

),

persons_named as (

    select
        audit_id,
        comment_person['id'] as comment_person_id,
        changes_person['id'] as changes_person_id,
        auditable_person_id,
        associated_person_id,
        coalesce(
            comment_person_id, changes_person_id,
            auditable_person_id, associated_person_id
        ) as crm_person_id,

        coalesce(comment_person['key'], changes_person['key']) as person_key,
        case
            when comment_person_id is not null then 'comment'
            when changes_person_id is not null then 'changes'
            when auditable_person_id is not null then 'auditable'
            when associated_person_id is not null then 'associated'
        end as person_source

    from candidates

)

select * from persons_named
