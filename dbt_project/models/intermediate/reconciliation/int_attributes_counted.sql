with

-- Only attributes that a seed names are looked for.
attributes as (

    select
        auditable_type,
        unnest([linked_key, person_key]) as attribute
    from {{ ref('join_models') }}

    union

    select
        auditable_type,
        field as attribute
    from {{ ref('status_sets') }}

),

audits as (

    select * from {{ ref('stg_crm__audits') }}

),

attributes_counted as (

    select
        attributes.auditable_type,
        attributes.attribute,

        count(*) as audit_count

    from attributes

    inner join audits
        on attributes.auditable_type = audits.auditable_type

    inner join {{ ref('int_changes_paired') }} as paired
        on
            audits.audit_id = paired.audit_id
            and list_contains(
                list_transform(paired.changes, lambda change: change.field),
                attributes.attribute
            )

    group by attributes.auditable_type, attributes.attribute

)

select * from attributes_counted
