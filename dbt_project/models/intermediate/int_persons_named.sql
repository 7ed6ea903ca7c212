with

-- A comment that is not JSON is just a comment.
audits as (

    select
        *,
        coalesce(long_comment, comment) as read_comment,
        case
            when {{ is_json('read_comment') }} then read_comment::json
        end as comment_document

    from {{ ref('stg_crm__audits') }}

),

paired as (

    select * from {{ ref('int_changes_paired') }}

),

candidates as (

    select
        audits.audit_id,
        {{ person_id(last_member('audits.comment_document', 'crm_person_id')) }}
            as comment_person_id,
        {{ person_id(last_value_of('paired.changes', "'crm_person_id'")) }}
            as changes_person_id,
        case
            when audits.auditable_type = 'CrmPerson' then audits.auditable_id
        end as auditable_person_id,
        case
            when audits.associated_type = 'CrmPerson' then audits.associated_id
        end as associated_person_id

    from audits

    left join paired
        on audits.audit_id = paired.audit_id

),

persons_named as (

    select
        audit_id,
        comment_person_id,
        changes_person_id,
        auditable_person_id,
        associated_person_id,
        coalesce(
            comment_person_id,
            changes_person_id,
            auditable_person_id,
            associated_person_id
        ) as crm_person_id,

        case
            when comment_person_id is not null then 'comment'
            when changes_person_id is not null then 'changes'
            when auditable_person_id is not null then 'auditable'
            when associated_person_id is not null then 'associated'
        end as person_source

    from candidates

)

select * from persons_named
