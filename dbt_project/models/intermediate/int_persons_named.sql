with

-- The person keys, in the order of the seed's lines.
person_keys as (

    select coalesce(list(key order by rowid), []) as keys

    from {{ ref('crm_types') }}

    where role = 'person'

),

person_types as (

    select distinct auditable_type

    from {{ ref('crm_types') }}

    where role = 'person'

),

-- A comment that is not JSON is just a comment. A join model's own key comes first.
audits as (

    select
        audits.*,
        case when {{ is_json('audits.comment') }} then audits.comment::json end
            as comment_document,
        list_prepend(types_mapped.person_key, person_keys.keys) as keys

    from {{ ref('stg_crm__audits') }} as audits

    cross join person_keys

    left join {{ ref('int_types_mapped') }} as types_mapped
        on audits.auditable_type = types_mapped.auditable_type

),

candidates as (

    select
        audits.audit_id,
        audits.keys,
        {{ comment_members('audits.comment_document', 'audits.keys') }}
            as comment_members,
        {{ changes_members('paired.changes', 'audits.keys') }} as changes_members,
        if(person_types.auditable_type is not null, audits.auditable_id, null)
            as auditable_id,
        if(associated_types.auditable_type is not null, audits.associated_id, null)
            as associated_id

    from audits

    left join {{ ref('int_changes_paired') }} as paired
        on audits.audit_id = paired.audit_id

    left join person_types
        on audits.auditable_type = person_types.auditable_type

    left join person_types as associated_types
        on audits.associated_type = associated_types.auditable_type

),

persons_named as (

    select
        audit_id,
        {{ first_person('comment_members', 'keys') }} as comment_person,
        {{ first_person('changes_members', 'keys') }} as changes_person,
        comment_person['id'] as comment_person_id,
        changes_person['id'] as changes_person_id,
        if(auditable_id > 0, auditable_id, null) as auditable_person_id,
        if(associated_id > 0, associated_id, null) as associated_person_id,
        coalesce(
            comment_person_id,
            changes_person_id,
            auditable_person_id,
            associated_person_id
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
